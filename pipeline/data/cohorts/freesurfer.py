"""A FreeSurfer subjects directory: ``<subject>/mri/brain.mgz``."""

from pathlib import Path

from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.participants import Participants, Person, read_participants
from brainaging.pipeline.data.cohorts.person_columns import Stated


def is_freesurfer(root: Path) -> bool:
    """Say whether ``root`` holds subjects with an ``mri`` folder that has .mgz files."""
    return next(root.glob("*/mri/*.mgz"), None) is not None


def read_freesurfer(root: Path, space: str = "native", stated: Stated | None = None) -> SourceContents:
    """Return ``brain.mgz`` (skull-stripped, intensity-corrected) of every subject, sorted.

    Sex and age come from ``participants.tsv`` in ``root`` where there is one, by BIDS's columns; ids match with
    or without ``sub-``. Template subjects (``fsaverage*``) are left out.
    """
    contents = SourceContents()
    listing = root / "participants.tsv"
    people = read_participants(listing, contents, stated) if listing.is_file() else Participants()
    if not people:
        contents.notes.append(f"{root}: no participants.tsv, so sex and age are unknown")
    for folder in sorted(path.parent for path in root.glob("*/mri")):
        if folder.name.startswith("fsaverage"):
            continue
        label = folder.name if folder.name.startswith("sub-") else f"sub-{folder.name}"
        person = people.find(label) or Person(folder.name)
        if people and label not in people:
            contents.problems.add(folder.name, str(root), "has a folder but no row in participants.tsv")
        scan = folder / "mri" / "brain.mgz"
        contents.rows.append(
            Row(
                person.where,
                folder.name,
                scan,
                space,
                sex=person.sex,
                age=person.age,
                bracket=person.bracket,
                site=person.site,
                comma_decimal=person.comma_decimal,
                age_unit=person.age_unit,
            )
        )
    return contents
