"""A BIDS dataset, raw or derivative: participants.tsv and ``sub-*/[ses-*/]anat/*_T1w.nii.gz``."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainaging.pipeline.data.cohorts.bids_names import BidsImage, Choice, parse_name
from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.participants import Person, read_dataset, same_session
from brainaging.pipeline.data.cohorts.person_columns import Stated
from brainaging.pipeline.data.cohorts.problems import CohortError


def is_bids(root: Path) -> bool:
    """Say whether ``root`` looks like BIDS: dataset_description.json, participants.tsv or a ``sub-*`` folder."""
    names = ("dataset_description.json", "participants.tsv")
    return any((root / name).is_file() for name in names) or any(p.is_dir() for p in root.glob("sub-*"))


def derived_by(root: Path) -> str:
    """Return the name and version of the pipeline whose derivative ``root`` is, "" for a raw dataset.

    dataset_description.json says so: ``DatasetType`` derivative, or, before BIDS 1.4, a ``PipelineDescription``.
    """
    try:
        said = json.loads((root / "dataset_description.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return ""
    if not isinstance(said, dict):
        return ""
    pipelines: list[Any] = said.get("GeneratedBy") or [said.get("PipelineDescription") or {}]
    first = pipelines[0] if isinstance(pipelines, list) and isinstance(pipelines[0], dict) else {}
    if said.get("DatasetType") != "derivative" and "PipelineDescription" not in said:
        return ""
    name = " ".join(str(first[key]) for key in ("Name", "Version") if first.get(key))
    return name or str(said.get("Name") or "an unnamed pipeline")


def _visits(folder: Path, contents: SourceContents) -> dict[str, list[BidsImage]]:
    """Return the T1w images of one ``sub-*`` folder by session; a name of someone else is a problem."""
    found: dict[str, list[BidsImage]] = defaultdict(list)
    for anat in sorted([*folder.glob("anat"), *folder.glob("ses-*/anat")]):
        if not anat.is_dir():
            continue
        within = "" if anat.parent == folder else anat.parent.name
        for path in sorted(anat.iterdir()):
            image = parse_name(path)
            if image is None or image.suffix != "T1w":
                continue
            owner = f"sub-{image.entities['sub']}" if "sub" in image.entities else folder.name
            if owner != folder.name or (within and image.session not in ("", within)):
                place = f"{folder.name}/{within}".rstrip("/")
                contents.problems.add(
                    folder.name, str(path), f"expected a name of {place}, found {path.name[:60]!r}"
                )
                continue
            found[within or image.session].append(image)
    return found


def read_bids(
    root: Path,
    space: str | None = None,
    stated: Stated | None = None,
    select: Mapping[str, str] | None = None,
) -> SourceContents:
    """Return one T1w scan of every subject and session of a BIDS dataset, sorted.

    ``session`` is ``ses-<label>`` or "": other entities (``run-``, ``acq-``, ``rec-``, ``desc-``, ``space-`` …)
    tell images of one visit apart, of which :class:`Choice` takes one among those that ``select`` asks for. A
    scan is "native" unless its ``space-`` is MNI's or ``space`` says otherwise. Without participants.tsv sex and
    age are unknown.

    Problems: a ``sub-*`` folder without a T1w scan or without a row, a row without a folder, no scan as selected,
    a space that is neither the head's own nor MNI's.
    """
    contents, derived = SourceContents(simulated=(root / "truth" / "simulation.json").is_file()), derived_by(root)
    people, listing = read_dataset(root, contents, stated)
    folders = sorted(path for path in root.glob("sub-*") if path.is_dir())
    if not folders:
        raise CohortError.single(f"{root}: no sub-*/ (anat/*_T1w.nii.gz): tables only, or not fetched yet")
    wanted = dict(select or {})
    only = wanted.pop("ses", None)
    contents.notes += people.spell_as([folder.name for folder in folders])
    choice, taken, at_once = Choice(wanted), list[BidsImage](), 0
    unseen = 0
    for folder in folders:
        name, visits = folder.name, _visits(folder, contents)
        if only is not None:
            visits = {session: found for session, found in visits.items() if same_session(session, only)}
        if people and name not in people:
            contents.problems.add(name, str(root), "has a folder but no row in participants.tsv")
        if not visits:
            contents.problems.add(
                name,
                people.place(name, root),
                f"no {'' if only is None else f'ses-{only}/'}anat/*_T1w.nii.gz in its folder",
            )
        for session, images in sorted(visits.items()):
            person = people.find(name, session)
            if person is None and name in people:
                rows = ", ".join(people.sessions(name))
                reason = f"expected a row for session {session or '(none)'}, found rows for {rows}"
                contents.problems.add(name, people.place(name, root), reason)
            try:
                image = choice.among(images)
            except ValueError as error:
                contents.problems.add(name, people.place(name, root), str(error))
                continue
            taken.append(image)
            contents.rows.append(_row(person or Person(name), name, session, image, space, contents))
        at_once += len(visits) > 1 and people.has_one_age(name, visits)
        unseen += sum(not any(same_session(session, seen) for seen in visits) for session in people.sessions(name))
    absent = [name for name in people.rows if not (root / name).is_dir()]
    if listing is not None and listing.parent == root:
        for name in absent:
            contents.problems.add(name, people.place(name, root), f"no folder {name} beside participants.tsv")
    elif absent:
        contents.notes.append(f"{len(absent)} of {len(people.rows)} people in {listing} have no folder: left out")
    if unseen:
        contents.notes.append(f"{unseen} rows of {listing} are of sessions without a T1w scan: left out")
    if at_once:
        contents.notes.append(
            f"{at_once} people have several sessions and one age, which each session gets: a column age in "
            "sub-*_sessions.tsv, or a row a session in participants.tsv, would tell them apart"
        )
    contents.notes += [*choice.notes(), *_remarks(taken, derived, root, space)]
    return contents


def _row(
    person: Person, name: str, session: str, image: BidsImage, space: str | None, contents: SourceContents
) -> Row:
    if not (space or image.space):
        found = image.entities["space"][:30]
        reason = (
            f"expected a T1w scan in the head's own space or MNI's, found space-{found} (--space states which)"
        )
        contents.problems.add(name, str(image.path), reason)
    return person.row(name, image.path, space or image.space or "native", session)


def _remarks(taken: list[BidsImage], derived: str, root: Path, space: str | None) -> list[str]:
    """Return notes on what kind of images were taken: a pipeline's, whole heads, warped ones, a mixture."""
    notes = [f"{root}: a derivative of {derived}"] if derived else []
    spaces = Counter(image.space for image in taken)
    if spaces["template"] and not space:
        notes.append(
            f"{spaces['template']} of {len(taken)} scans are in a template's space by their names: they are only "
            "resampled, and have the template's head size, not their own"
        )
    steps = Counter(image.entities.get("desc", "none") for image in taken)
    if len(steps) > 1:
        said = ", ".join(f"{desc} ({count})" for desc, count in steps.most_common())
        notes.append(f"scans of several desc- are taken, whose intensities may differ: {said}")
    whole = [image for image in taken if image.entities.get("desc") == "preproc"]
    if whole:
        masks = sum(_mask_of(image.path).is_file() for image in whole)
        notes.append(
            f"{len(whole)} scans are desc-preproc, which fMRIPrep corrects and does not strip; {masks} have a "
            "desc-brain_mask beside them. Whole heads are stripped with it, or with prepare --strip deepbet"
        )
    return notes


def _mask_of(path: Path) -> Path:
    return path.with_name(path.name.replace("_desc-preproc_T1w.", "_desc-brain_mask."))
