"""The HCP S1200 layout: a folder a subject, and the unrestricted and restricted CSV."""

from pathlib import Path
from typing import Literal

from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
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
    folders = {path.parent.name for name in _FOLDERS for path in root.glob(f"*/{name}")}
    absent = 0
    for name, where, row in contents.subjects(table, subject):
        if name not in folders:
            absent += 1
            continue
        scan = root / name / IMAGES[image]
        contents.rows.append(Row(where, name, scan, space, sex=str(row[gender]), bracket=str(row[age]) or "n/a"))
    for name in sorted(folders - {row.subject for row in contents.rows}):
        contents.problems.add(name, str(root), f"has a folder but no row in {csv.name}")
    if absent:
        contents.notes.append(f"{absent} of {len(table.frame)} subjects in {csv.name} have no folder: left out")
    return contents
