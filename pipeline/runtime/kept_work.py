"""Finished work is used again where it is the same work, and refused where it is another's."""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime.atomic import write_json
from brainaging.pipeline.runtime.errors import UserError
from brainaging.pipeline.runtime.source_code import source_sha256

MARKER = "recipe.json"


class KeptWork:
    """A folder of work that a later run may read back in place of doing it again.

    Making one claims the folder: ``recipe.json`` in it says what decides the work, this package's version and the
    hash of its source among it. A stopped run claims the folder again and goes on; :meth:`finish` marks the work
    as done, atomically and last, so that what was killed half-way never counts as finished.

        work = KeptWork(folder, {"epochs": 3, "seed": 0}, code=[__name__])
        if not work.finished:
            …  # write folder / "answer.npz"
            work.finish("answer.npz")
        with np.load(folder / "answer.npz") as stored: …

    Args:
        folder: where the work is kept.
        recipe: everything but code that decides it, as values that JSON knows.
        code: names of this package whose source decides it, with all that they import
            (:func:`brainaging.pipeline.runtime.source_code.source_sha256`).

    Raises:
        UserError: the folder holds work of another recipe or of other code; the message names what differs.
    """

    def __init__(self, folder: str | Path, recipe: Mapping[str, Any], code: Iterable[str]) -> None:
        self.folder = Path(folder)
        self._claim = {
            "package": version("brain-aging"),
            "code": source_sha256(*sorted(set(code))),
            "recipe": json.loads(json.dumps(recipe)),
        }
        kept = self._kept()
        if kept is None:
            write_json(self.folder / MARKER, {**self._claim, "finished": None})
        elif differences := self._differences(kept):
            raise UserError(
                f"{self.folder}: holds work of another run ({', '.join(differences)}); choose another --out, or "
                "remove the folder"
            )

    @property
    def finished(self) -> bool:
        """Whether the work was finished, and every file of it is still there in its length."""
        sizes = self._sizes()
        return bool(sizes) and all(_size(self.folder / name) == size for name, size in sizes.items())

    @property
    def files(self) -> list[Path]:
        """The files of finished work; none before."""
        return [self.folder / name for name in self._sizes()]

    def finish(self, *names: str) -> None:
        """Mark the work as finished.

        Args:
            names: its files, by their paths in the folder.

        Raises:
            FileNotFoundError: one of them is not there.
        """
        sizes = {name: (self.folder / name).stat().st_size for name in names}
        write_json(self.folder / MARKER, {**self._claim, "finished": sizes})

    def _sizes(self) -> dict[str, int]:
        return (self._kept() or {}).get("finished") or {}

    def _kept(self) -> dict[str, Any] | None:
        """Return what the marker says, {} where it cannot be read, None where there is none."""
        try:
            kept = json.loads((self.folder / MARKER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except ValueError:
            return {}
        return kept if isinstance(kept, dict) else {}

    def _differences(self, kept: Mapping[str, Any]) -> list[str]:
        """Return a phrase for each way in which ``kept`` is other work than this."""
        recipe, wanted = kept.get("recipe"), self._claim["recipe"]
        if not isinstance(recipe, dict):
            return [f"its {MARKER} is of an older version, or damaged"]
        differences = []
        if kept.get("package") != self._claim["package"]:
            differences.append(f"of brain-aging {kept.get('package')}, this is {self._claim['package']}")
        elif kept.get("code") != self._claim["code"]:
            differences.append(f"of other source code of brain-aging {self._claim['package']}")
        for name in sorted(wanted.keys() | recipe.keys()):
            if name not in recipe or name not in wanted or recipe[name] != wanted[name]:
                differences.append(f"another {name}{_values(recipe.get(name), wanted.get(name))}")
        return differences


def _values(kept: object, wanted: object) -> str:
    """Return two numbers in words; hashes and longer values tell nobody anything."""
    numbers = all(isinstance(value, int | float) for value in (kept, wanted))
    return f": {kept}, now {wanted}" if numbers else ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
