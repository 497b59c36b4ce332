"""Outputs that are there whole or not at all: written beside their place, then renamed onto it."""

import errno
import fcntl
import glob
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


@contextmanager
def atomic_output(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in ``path``'s folder; rename it onto ``path`` when the block ends well.

    The temporary name keeps every suffix of ``path`` (``.nii.gz`` writers look at it). The file is there already,
    empty and locked, so that others can tell it from what a killed run left (:func:`remove_abandoned`).
    The data is flushed to disk before the rename, so that a crash leaves the old file or the new one, never a half
    of either. Where the block fails, the temporary file is removed and ``path`` is left as it was.

    Raises:
        FileNotFoundError: the block ends well and has written nothing.
        OSError: of a full disk, say, with ``path`` for its file where the error itself names none.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    temporary = path.with_name(f".tmp-{secrets.token_hex(4)}-{path.name}")
    held = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.utime(held, ns=(0, 0))  # whatever is written, be it nothing, changes the time
        yield temporary
        if temporary.stat().st_mtime_ns == 0:
            raise FileNotFoundError(errno.ENOENT, "nothing was written", str(temporary))
        with temporary.open("rb") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.filename is None:  # a write knows its handle alone
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
        os.close(held)


def remove_abandoned(path: str | Path) -> None:
    """Remove what killed runs were writing in place of ``path``; what another process is writing now stays."""
    path = Path(path)
    for rest in path.parent.glob(f".tmp-{'[0-9a-f]' * 8}-{glob.escape(path.name)}"):
        with suppress(OSError):  # gone meanwhile, not ours to open, or locked: its writer lives
            held = os.open(rest, os.O_RDWR)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                rest.unlink()
            finally:
                os.close(held)


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically, as UTF-8."""
    with atomic_output(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: Any) -> None:
    """Write ``value`` to ``path`` atomically, as indented JSON with a closing newline."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
