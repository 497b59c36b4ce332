"""The HCP S1200 layout: a folder a subject, and the unrestricted and restricted CSV."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal

import pandas as pd

from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.id_matching import match_people, match_rows
from brainaging.pipeline.data.cohorts.identity import ScanId, split_id
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import read_table

HcpImage = Literal["acpc", "mni"]
#: both are brain-extracted; "acpc" keeps the own head size, "mni" is warped to the template
IMAGES = {
    "acpc": Path("T1w") / "T1w_acpc_dc_restore_brain.nii.gz",
    "mni": Path("MNINonLinear") / "T1w_restore_brain.nii.gz",
}
_FOLDERS = ("T1w", "MNINonLinear")


def is_hcp(root: Path) -> bool:
    """Say whether ``root`` looks like HCP: a subject with T1w/ or MNINonLinear/, or an unrestricted CSV."""
    return any(next(root.glob(f"*/{name}"), None) for name in _FOLDERS) or bool(_csvs(root, "unrestricted"))


def _csvs(root: Path, word: str) -> list[Path]:
    return sorted(p for p in root.glob("*.csv") if p.name.casefold().startswith(word))


def find_csv(root: Path, word: str, path: Path | None = None) -> Path | None:
    """Return the CSV at ``path``, else the one in ``root`` that begins with ``word``; two of them are an error."""
    if path is not None:
        if not path.is_file():
            raise CohortError.single(f"{path}: no such file (expected HCP's {word} CSV)")
        return path
    tables = _csvs(root, word)
    if len(tables) > 1:
        names = ", ".join(table.name for table in tables)
        raise CohortError.single(f"{root}: several {word} CSVs ({names}): name one with --{word}")
    return tables[0] if tables else None


def read_hcp(
    root: Path,
    unrestricted: Path | None = None,
    restricted: Path | None = None,
    image: HcpImage = "acpc",
    space: str = "template",
) -> SourceContents:
    """Return the scans of an HCP S1200 folder, in the order of the unrestricted CSV.

    The CSVs are those given, else ``unrestricted*.csv`` and ``restricted*.csv`` in ``root`` (any case). Columns:
    ``Subject``, ``Gender``, ``Age`` (a bracket). A row without a folder is a note, not a problem: 1206 people
    are in the CSV, 1113 have a scan, and few users fetch all. A folder without its scan or row is a problem.
    Folders match rows by person and visit (``HCA6002236_V1_MR``) where the ids are surely the same.
    """
    if image not in IMAGES:
        raise CohortError.single(f"HCP image: expected {' or '.join(IMAGES)}, found {image!r}")
    csv = find_csv(root, "unrestricted", unrestricted)
    if csv is None:
        raise CohortError.single(f"{root}: HCP's unrestricted CSV is not there: give it with --unrestricted")
    contents = SourceContents(
        restricted=find_csv(root, "restricted", restricted),
        simulated=any(path.is_file() for path in (root / "truth" / "simulation.json", root / "simulation.json")),
    )
    table = read_table(csv)
    subject = table.required("subject", ["Subject"])
    gender = table.required("sex", ["Gender"])
    age = table.required("age bracket", ["Age"])
    folders = sorted({path.parent.name for name in _FOLDERS for path in root.glob(f"*/{name}")})
    people: dict[tuple[str, str], tuple[str, pd.Series]] = {}
    written = list(contents.subjects(table, subject))
    times = Counter(name for name, _, _ in written)
    for name, where, row in written:
        key = split_id(name)
        if times[name] > 1:
            contents.problems.add(name, where, "duplicate subject")
        people.setdefault((key.person, key.session), (where, row))
    rows, several = _rows_of_folders([split_id(name) for name in folders], list(people))
    # in the order of the CSV
    for at, name in sorted((row, name) for name, row in zip(folders, rows, strict=True) if row >= 0):
        where, cells = list(people.values())[at]
        scan = root / name / IMAGES[image]
        contents.rows.append(
            Row(where, name, scan, space, sex=str(cells[gender]), bracket=str(cells[age]) or "n/a")
        )
    for name, at in zip(folders, rows, strict=True):
        if at < 0:
            contents.problems.add(name, str(root), f"has a folder but no row in {csv.name}")
    absent = len(people) - len({at for at in rows if at >= 0})
    if absent:
        contents.notes.append(f"{absent} of {len(table.frame)} subjects in {csv.name} have no folder: left out")
    if several:
        contents.notes.append(f"{several} people have several visits and one row in {csv.name}, which each gets")
    return contents


def _rows_of_folders(scans: list[ScanId], people: list[tuple[str, str]]) -> tuple[list[int], int]:
    """Return each folder's row among ``people`` (−1 none), and how many people have one row for several visits."""
    found, _ = match_rows([(scan.person, scan.session) for scan in scans], people)
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, (person, _) in enumerate(people):
        rows_of[person].append(row)
    matched = match_people({scan.person for scan in scans}, rows_of)
    for position, scan in enumerate(scans):
        rows = rows_of[matched[scan.person]] if scan.person in matched else []
        if found[position] < 0 and len(rows) == 1 and not people[rows[0]][1]:
            found[position] = rows[0]
    return found, sum(count > 1 for row, count in Counter(found).items() if row >= 0)
