"""A FreeSurfer subjects directory: ``<subject>/mri/brain.mgz``."""

from collections import defaultdict
from pathlib import Path

from brainaging.pipeline.data.cohorts.contents import SourceContents
from brainaging.pipeline.data.cohorts.identity import split_id, streams, visit_of
from brainaging.pipeline.data.cohorts.participants import Person, read_dataset, subject_label
from brainaging.pipeline.data.cohorts.person_columns import Stated


def is_freesurfer(root: Path) -> bool:
    """Say whether ``root`` holds subjects with an ``mri`` folder that has .mgz files."""
    return next(root.glob("*/mri/*.mgz"), None) is not None


def read_freesurfer(root: Path, space: str = "native", stated: Stated | None = None) -> SourceContents:
    """Return ``brain.mgz`` (skull-stripped, intensity-corrected) of every subject and time point, sorted.

    Folders are taken apart by :mod:`brainaging.pipeline.data.cohorts.identity`: ``X_ses-1`` and ``X_ses-1.long.X``
    are of X at ses-1, of which the longitudinal stream is taken; base templates (which ``.long.`` folders name, or
    which hold ``base-tps``) and ``fsaverage*`` are left out.

    Sex and age come from ``participants.tsv`` and ``*_sessions.tsv`` in ``root``, or in the BIDS dataset in whose
    ``derivatives/`` it lies, by subject and session; ids match where they are surely the same.
    """
    contents = SourceContents()
    people, _ = read_dataset(root, contents, stated)
    folders = {path.parent.name: path.parent for path in sorted(root.glob("*/mri"))}
    names = [name for name in folders if not name.startswith("fsaverage")]
    found = streams(names, [name for name in names if (folders[name] / "base-tps").is_file()])
    contents.notes += found.notes(str(root))
    scans = {name: split_id(name) for name in found.kept}
    contents.notes += people.spell_as({subject_label(scan.person) for scan in scans.values()})
    sessions: dict[str, list[str]] = defaultdict(list)
    for name, scan in scans.items():
        label = subject_label(scan.person)
        sessions[label].append(scan.session)
        person = people.find(label, scan.session) or people.find(label, visit_of(scan.session))
        if person is None and label in people:
            rows = ", ".join(people.sessions(label))
            reason = f"expected a row of session {scan.session or 'not said'}, found rows of {rows}"
            contents.problems.add(name, people.place(label, root), reason)
        elif people and person is None:
            contents.problems.add(name, str(root), "has a folder but no row in participants.tsv")
        contents.rows.append((person or Person(name)).row(name, folders[name] / "mri" / "brain.mgz", space))
    at_once = sum(len(visits) > 1 and people.has_one_age(label, visits) for label, visits in sessions.items())
    if at_once:
        contents.notes.append(
            f"{at_once} people have several sessions and one age, which each session gets: a row a session in "
            "participants.tsv, with session_id, would tell them apart"
        )
    return contents
