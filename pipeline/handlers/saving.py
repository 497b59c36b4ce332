"""What Ignite's ``Checkpoint`` lacks to replace a file safely, and to save a plain value."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ignite.distributed as idist
from ignite.base import Serializable
from ignite.handlers.checkpoint import BaseSaveHandler

from brainaging.pipeline.engines import write_checkpoint


class Value(Serializable):
    """A value as an object whose state it is, as Ignite's ``Checkpoint`` wants all that it saves.

    Args:
        get: returns the value when a checkpoint is written.
    """

    def __init__(self, get: Callable[[], Any]) -> None:
        self.get = get

    def state_dict(self) -> Any:
        """Return the value."""
        return self.get()


class AtomicSaver(BaseSaveHandler):
    """A save handler that replaces a file of fixed name by a rename, when the new one is whole and on the disk.

    Ignite's ``DiskSaver(atomic=True)`` renames too, but ``Checkpoint`` asks it to remove an older file of the same
    name before it writes the new one, so that a kill in between leaves none; it does not flush to the disk; and
    what a killed run was writing stays under a name that nobody can tell from another's.

    Args:
        folder: where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, checkpoint: Mapping[str, Any], filename: str, metadata: Mapping | None = None) -> None:
        """Write ``filename``, on the first of several processes."""
        if idist.get_rank() == 0:
            write_checkpoint(self.folder / filename, checkpoint)

    def remove(self, filename: str) -> None:
        """Leave the older file where it is, for the new one to be renamed onto."""
