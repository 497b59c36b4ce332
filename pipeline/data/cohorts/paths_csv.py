"""A CSV of paths: one row a scan."""

from pathlib import Path

from brainaging.pipeline.data.cohorts.bids_names import NO_SCANS, parse_name
from brainaging.pipeline.data.cohorts.codes import is_missing
from brainaging.pipeline.data.cohorts.contents import Row, SourceContents
from brainaging.pipeline.data.cohorts.person_columns import NAMES, Stated, find_person_columns
from brainaging.pipeline.data.cohorts.restricted import RESTRICTED_COLUMNS
from brainaging.pipeline.data.cohorts.tables import read_table
from brainaging.pipeline.data.cohorts.validate import absolute

#: the names a column may have (case, spaces, ``_`` and ``-`` do not matter); the first two must be there
COLUMNS = {
    "image": ("path", "image", "file", "filename", "file_path", "image_path", "t1w", "t1", "nifti", "scan"),
    "subject": ("subject", "subject_id", "participant_id", "participant", "id", "mrid", "subjid"),
    "session": ("session", "session_id", "visit", "timepoint"),
    "space": ("space",),
    **NAMES,
}
REQUIRED = ("image", "subject")


def read_paths_csv(
    path: Path, restricted: Path | None = None, space: str | None = None, stated: Stated | None = None
) -> SourceContents:
    """Return the scans that a CSV lists, in its order.

    Relative paths start at the CSV's folder. Columns are looked for under the names in :data:`COLUMNS`, those of
    sex and age by :func:`find_person_columns`, or as ``stated.columns`` says (``{"image": "my column"}``). ``age``
    holds years, another unit that is stated, or HCP's brackets; ``space`` (template or native) overrides a
    ``space`` column; without either the scans are native, unless BIDS's ``space-`` in a name says MNI's. Columns
    with HCP's restricted names make the CSV itself the restricted one: they are read into memory, and never
    written.
    """
    table = read_table(path)
    stated = stated or Stated()
    at = table.locate(COLUMNS, stated.columns, REQUIRED, NAMES)
    if restricted is None and any(table.column(name, [name]) for name in RESTRICTED_COLUMNS):
        restricted = path
    found = find_person_columns(table, stated, private=restricted is not None)
    at |= found.at
    contents = SourceContents(restricted=restricted, notes=found.notes)
    by_name = 0
    for line, row in table.frame.iterrows():
        cells = {key: str(row[name]) if name else "" for key, name in at.items()}
        image, where = cells.pop("image"), table.where(int(str(line)))
        cells["space"] = space or ("" if is_missing(cells["space"]) else cells["space"])
        if is_missing(image):
            contents.problems.add(cells["subject"], where, f"no path in column {at['image']!r}")
            continue
        scan = absolute(path.parent / Path(image).expanduser())
        named = parse_name(scan)
        if named is not None and "sub" in named.entities and named.suffix in NO_SCANS:
            contents.problems.add(cells["subject"], where, f"{scan}: expected a T1w scan, found a {named.suffix}")
            continue
        if not cells["space"]:
            cells["space"] = "native" if named is None else named.space or f"space-{named.entities['space']}"
            by_name += cells["space"] == "template"
        contents.rows.append(
            Row(where, image=scan, comma_decimal=table.comma_decimal, age_unit=found.age_unit, **cells)
        )
    if by_name:
        contents.notes.append(
            f"{by_name} scans are in a template's space by their names: they are only resampled, and have the "
            "template's head size, not their own (--space native registers them)"
        )
    return contents
