"""A BIDS dataset: participants.tsv and ``sub-*/[ses-*/]anat/*_T1w.nii.gz``."""

from dataclasses import dataclass
from pathlib import Path

from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import TextTable, read_table

_PATTERNS = ("anat/*_T1w.nii.gz", "anat/*_T1w.nii", "ses-*/anat/*_T1w.nii.gz", "ses-*/anat/*_T1w.nii")


def is_bids(root: Path) -> bool:
    """Say whether ``root`` looks like BIDS: dataset_description.json, participants.tsv or a ``sub-*`` folder."""
    names = ("dataset_description.json", "participants.tsv")
    return any((root / name).is_file() for name in names) or any(p.is_dir() for p in root.glob("sub-*"))


def _label(text: str) -> str:
    return text if text.startswith("sub-") else f"sub-{text}"


@dataclass(frozen=True)
class Person:
    """What participants.tsv says of one subject, cells as written, and where."""

    where: str
    sex: str = ""
    age: str = ""
    site: str = ""


def read_participants(path: Path, contents: SourceContents) -> dict[str, Person]:
    """Return what the file says of each subject, by label (``sub-…``).

    Columns: participant_id; sex or gender; age; site or scanner (all but the first may lack). A subject that
    stands twice, or whose id is no id, is added to ``contents.problems``.
    """
    table: TextTable = read_table(path)
    at = {
        "sex": table.column("sex", ["sex", "gender"]),
        "age": table.column("age", ["age"]),
        "site": table.column("site", ["site", "scanner", "center", "centre"]),
    }
    subject = table.required("subject", ["participant_id"])
    people: dict[str, Person] = {}
    for name, where, row in contents.subjects(table, subject):
        if _label(name) in people:
            contents.problems.add(_label(name), where, "duplicate subject")
        people[_label(name)] = Person(where, **{key: str(row[column]) for key, column in at.items() if column})
    return people


def read_bids(root: Path, space: str = "native") -> SourceContents:
    """Return every T1w scan of a BIDS dataset, sorted by subject, session and run.

    ``session`` is what the file's name says between subject and suffix (``ses-2_run-1``): several sessions and
    runs are several rows of one subject, whom no split parts. Without participants.tsv sex and age are unknown.
    Problems: a ``sub-*`` folder without a T1w scan or without a row, a row without a folder.
    """
    contents = SourceContents()
    listing = root / "participants.tsv"
    people = read_participants(listing, contents) if listing.is_file() else {}
    if not people:
        contents.notes.append(f"{root}: no participants.tsv, so sex and age are unknown")
    folders = sorted(path.name for path in root.glob("sub-*") if path.is_dir())
    if not folders:
        raise CohortError.single(f"{root}: no sub-*/ (anat/*_T1w.nii.gz): tables only, or not fetched yet")
    for name in folders:
        scans = sorted(scan for pattern in _PATTERNS for scan in (root / name).glob(pattern))
        person = people.get(name, Person(name))
        if people and name not in people:
            contents.problems.add(name, str(root), "has a folder but no row in participants.tsv")
        if not scans:
            contents.problems.add(name, person.where, "no anat/*_T1w.nii.gz in its folder")
        for scan in scans:
            stem = scan.name.partition("_T1w.")[0]
            session = stem.removeprefix(name).strip("_")
            contents.rows.append(
                Row(person.where, name, scan, space, session, sex=person.sex, age=person.age, site=person.site)
            )
    for name, person in people.items():
        if name not in folders:
            contents.problems.add(name, person.where, f"no folder {name} beside participants.tsv")
    return contents
