"""Scans that a trained network is to read: a prepared folder, a folder of scans, or one scan."""

import re
from pathlib import Path
from typing import Any

from brainaging.pipeline.data.cohorts.validate import Space
from brainaging.pipeline.data.prepared import datalist
from brainaging.pipeline.runtime import UserError

#: what files of scans end with
IMAGES = re.compile(r"\.(nii|nii\.gz|mgz|mgh)$", re.IGNORECASE)


def is_scan(path: Path) -> bool:
    """Say whether a file is named as scans are."""
    return IMAGES.search(path.name) is not None


class ScanSource:
    """Where scans come from, and how those that nobody prepared are placed.

    Args:
        source: a folder that `brainaging prepare` wrote, a folder with scans in it (NIfTI or ``.mgz``), or a scan.
        space: of scans that are not prepared: ``native`` ones are registered to the template first, ``template``
            ones lie in MNI or AC-PC space already.

    Raises:
        UserError: another space.
    """

    def __init__(self, source: str, space: Space = "native") -> None:
        if space not in ("native", "template"):
            raise UserError(f"space: expected native or template, found {space!r}")
        self.source = Path(source)
        self._space: Space = space

    @property
    def prepared(self) -> bool:
        """Whether the scans lie on a grid already."""
        return (self.source / "prepared.json").is_file()

    @property
    def space(self) -> Space | None:
        """The space of scans that are to be placed; None where they lie on a grid."""
        return None if self.prepared else self._space

    def items(self, split: str | None = None) -> list[dict[str, Any]]:
        """Return image (path), subject and session of each scan, for MONAI; a scan's subject is its file's name.

        Args:
            split: of a prepared folder, None for all.

        Raises:
            UserError: no scans there, a split of scans that are not prepared; or as
                :func:`brainaging.pipeline.data.datalist`.
        """
        if self.prepared:
            return [dict(item) for item in datalist(self.source, split)]
        if not self.source.exists():
            raise UserError(f"{self.source}: not a prepared folder, nor a scan or a folder of scans: no such file")
        if split is not None:
            raise UserError(f"{self.source}: expected a prepared folder to take split {split!r} of, found scans")
        files = [self.source] if self.source.is_file() else sorted(self.source.iterdir())
        scans = [path for path in files if is_scan(path)]
        if not scans:
            what = "its name" if self.source.is_file() else "no such file in it"
            raise UserError(
                f"{self.source}: not a prepared folder, nor scans: expected .nii, .nii.gz or .mgz, found {what}; "
                "BIDS and HCP folders go through `brainaging cohort` and `brainaging prepare`"
            )
        return [{"image": str(path), "subject": IMAGES.sub("", path.name), "session": ""} for path in scans]
