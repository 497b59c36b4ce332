"""The one way in: from whatever the user has to a cohort."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from brainaging.pipeline.data.cohorts.bids import is_bids, read_bids
from brainaging.pipeline.data.cohorts.bids_names import check_selection, parse_selection
from brainaging.pipeline.data.cohorts.codes import (
    check_age_codes,
    check_sex_codes,
    check_unit,
    parse_age_codes,
    parse_sex_codes,
)
from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.cohorts.contents import SourceContents
from brainaging.pipeline.data.cohorts.freesurfer import is_freesurfer, read_freesurfer
from brainaging.pipeline.data.cohorts.hcp import HcpImage, is_hcp, read_hcp
from brainaging.pipeline.data.cohorts.identity import alike_notes, visit_notes
from brainaging.pipeline.data.cohorts.paths_csv import read_paths_csv
from brainaging.pipeline.data.cohorts.people import read_people
from brainaging.pipeline.data.cohorts.person_columns import Stated
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.restricted import check_families, read_restricted
from brainaging.pipeline.data.cohorts.store import has_sidecar
from brainaging.pipeline.data.cohorts.validate import Meaning, Space, absolute, check_rows

Layout = Literal["hcp", "bids", "freesurfer", "csv"]
LAYOUTS = ("hcp", "bids", "freesurfer", "csv")


@dataclass(frozen=True)
class SourceFormat:
    """What a user says of a source's form that is not read off it.

    Attributes:
        layout: "hcp", "bids", "freesurfer" or "csv"; None: by what is in the folder (:func:`detect`).
        hcp_image: which of HCP's two scans, "acpc" or "mni".
        sex_codes: what other codes than F/M mean, as a mapping or as ``"1=M,2=F"``.
        columns: a table's own names of columns (keys as in ``paths_csv.COLUMNS``).
        age_unit: the unit of age, "years", "months", "weeks" or "days"; None: as the table says (see
            ``person_columns``).
        age_codes: what cells of age that are no number mean, in the column's unit, as a mapping or as
            ``"89+=89,18-38=28"``; "" for not known.
        select: which of several T1w images of a BIDS visit is taken, by entities, as a mapping or as
            ``"run=1,desc=preproc"``.
        distinct_ids: ids that look alike (``01`` and ``1``, ``X`` and ``X-v2``) are different people.
    """

    layout: Layout | None = None
    hcp_image: HcpImage = "acpc"
    sex_codes: Mapping[str, str] | str | None = None
    columns: Mapping[str, str] | None = None
    age_unit: str | None = None
    age_codes: Mapping[str, str | float] | str | None = None
    select: Mapping[str, str | int] | str | None = None
    distinct_ids: bool = False

    @property
    def stated(self) -> Stated:
        """What is said of the columns of people; raises UserError for a unit or codes that say nothing."""
        codes = parse_age_codes(self.age_codes) if isinstance(self.age_codes, str) else self.age_codes
        return Stated(
            dict(self.columns or {}),
            check_unit(self.age_unit) if self.age_unit else "",
            check_age_codes(codes) if codes is not None else {},
        )

    @property
    def restates(self) -> bool:
        """Whether anything is said of the columns or their cells."""
        return any((self.sex_codes, self.columns, self.age_unit, self.age_codes))

    @property
    def selection(self) -> dict[str, str]:
        """Return ``select`` as a checked mapping, empty where nothing is selected; raises UserError."""
        select = parse_selection(self.select) if isinstance(self.select, str) else self.select
        return {} if select is None else check_selection(select)

    def codes(self) -> dict[str, str] | None:
        """Return ``sex_codes`` as a checked mapping, None where none are stated; raises UserError."""
        codes = parse_sex_codes(self.sex_codes) if isinstance(self.sex_codes, str) else self.sex_codes
        return check_sex_codes(codes) if codes else None


DEFAULT_FORMAT = SourceFormat()


def detect(source: str | Path) -> Layout:
    """Return the layout of ``source``: a file is a CSV; a folder is HCP, FreeSurfer or BIDS by what is in it.

    Raises :class:`CohortError` for a path that is missing or a folder that is none of these.
    """
    source = Path(source)
    if source.is_file():
        return "csv"
    if not source.is_dir():
        raise CohortError.single(f"{source}: no such file or folder")
    if is_hcp(source):
        return "hcp"
    if is_freesurfer(source):
        return "freesurfer"
    if is_bids(source):
        return "bids"
    raise CohortError.single(
        f"{source}: expected an HCP S1200 folder (<subject>/T1w/), BIDS (sub-*/anat/*_T1w.nii.gz), FreeSurfer "
        "subjects (<subject>/mri/brain.mgz) or a CSV with a path column"
    )


def read_cohort(
    source: str | Path,
    unrestricted: str | Path | None = None,
    restricted: str | Path | None = None,
    space: Space | None = None,
    skip_bad: bool = False,
    *,
    source_format: SourceFormat = DEFAULT_FORMAT,
    name: str | None = None,
    scans: bool = True,
) -> Cohort:
    """Read a cohort from an HCP S1200 folder, a BIDS dataset, FreeSurfer subjects or a CSV of paths.

    With ``scans=False`` a table of people is enough (participants.tsv, HCP's unrestricted CSV, a table of measures
    with columns for subject, sex and age): such a cohort has no images, and serves with a morphometry table.

    ``space``: "template" (MNI or AC-PC: only resampled) or "native" (registered first); by default "template"
    for HCP and "native" for the others. ``source_format`` states layout, HCP's scan, codes of sex and names of
    columns where they are not the usual ones. A CSV that ``Cohort.write`` wrote is loaded as it is.

    Every bad row and scan is found before :class:`CohortError` is raised with all of them; ``skip_bad`` sets them
    aside instead, into ``Cohort.excluded``. Problems of the whole source (no such column) are raised in any case.
    """
    source = absolute(Path(source))
    kind = source_format.layout or (detect(source) if scans else "csv")
    if kind not in LAYOUTS:
        raise CohortError.single(f"layout: expected {', '.join(LAYOUTS)}, found {kind!r}")
    public = None if unrestricted is None else absolute(Path(unrestricted))
    hidden = None if restricted is None else absolute(Path(restricted))
    if public is not None and kind != "hcp" and scans:
        raise CohortError.single(f"{source}: an unrestricted CSV belongs to an HCP folder, and this is {kind}")
    if hidden is not None and not hidden.is_file():
        raise CohortError.single(f"{hidden}: no such file (expected HCP's restricted CSV)")
    _check_format(kind, source, source_format, scans)
    if kind == "csv" and has_sidecar(source) and not (space or source_format.restates):
        loaded = Cohort.load(source, restricted=hidden)
        return replace(loaded, distinct_ids=loaded.distinct_ids or source_format.distinct_ids)
    if scans:
        contents = _read(kind, source, public, hidden, space, source_format)
    else:
        contents = read_people(source, public, hidden, source_format.stated)
    hidden = hidden or contents.restricted
    # the user's own word replaces the source's: of both together, two codes might mean one sex
    sex = source_format.codes() or contents.sex_codes
    meaning = Meaning(sex, source_format.stated.age_codes, private=hidden is not None)
    table = check_rows(contents.rows, contents.problems, meaning)
    if not skip_bad:
        contents.problems.raise_if_any(str(source), "skip-bad sets them aside")
    notes = [*contents.notes, *meaning.notes(contents.rows)]
    values = None if hidden is None else read_restricted(hidden)
    if values is not None and hidden is not None and len(table):
        notes += check_families(values, hidden, table, source_format.distinct_ids)
    if values is not None and table["age_years"].notna().any():
        # Who gives a restricted CSV has exact ages under its terms, whatever other table repeats them.
        table = table.assign(age_years=float("nan"))
        notes.append("exact ages are taken from the restricted CSV and are not written to the cohort's table")
    notes += visit_notes([row.subject for row in contents.rows])
    if not source_format.distinct_ids:
        notes += alike_notes(table["subject"].tolist())
    cohort = Cohort(
        table=table,
        name=name or source.stem,
        restricted=values,
        restricted_path=hidden,
        excluded=contents.problems.table(),
        notes=tuple(notes),
        simulated=contents.simulated,
        distinct_ids=source_format.distinct_ids,
    )
    if not len(cohort):
        contents.problems.raise_if_any(str(source), "no scan is left")
        raise CohortError.single(f"{source}: no {f'scan found ({kind} layout)' if scans else 'person found'}")
    return cohort


def _read(
    kind: Layout,
    source: Path,
    unrestricted: Path | None,
    restricted: Path | None,
    space: Space | None,
    source_format: SourceFormat,
) -> SourceContents:
    stated = replace(source_format.stated, private=restricted is not None)
    if kind == "hcp":
        return read_hcp(source, unrestricted, restricted, source_format.hcp_image, space or "template")
    if kind == "bids":
        return read_bids(source, space, stated, source_format.selection)
    if kind == "freesurfer":
        return read_freesurfer(source, space or "native", stated)
    return read_paths_csv(source, restricted, space, stated)


def _check_format(kind: Layout, source: Path, source_format: SourceFormat, scans: bool) -> None:
    """Raise :class:`CohortError` for what is stated and this layout has no place for: it would be passed over."""
    if source_format.selection and (kind != "bids" or not scans):
        raise CohortError.single(f"{source}: --select chooses among a BIDS dataset's scans, and this is {kind}")
    stated = source_format.stated
    if kind == "hcp" and scans and (stated.columns or stated.age_unit):
        raise CohortError.single(
            f"{source}: HCP's unrestricted CSV has Subject, Gender and Age (a bracket): no other column or unit "
            "is read from an HCP folder"
        )
