"""Which measure every column of a file is: its own name, what the file says of all, and whose atlas the parcels
are.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.morphometry.columns import is_freesurfers, parse_column
from brainaging.pipeline.data.morphometry.names import CORTEX, NOT_IN_DKT
from brainaging.pipeline.data.morphometry.spellings import (
    CORTICAL_WORDS,
    DKT,
    FileSays,
    freesurfer_spelling,
    plain,
)
from brainaging.pipeline.data.morphometry.table_files import written_by_freesurfer
from brainaging.pipeline.data.morphometry.usual_sizes import EVEN, FEWEST_PARCELS, THICKNESS_MEDIAN

SPELLINGS = (
    "lh_insula_thickness, Left-Hippocampus, FS_L_Hippo_Vol, Left.Hippocampus, L_insula_thickavg, ctx-lh-insula, "
    "'left hippocampus'"
)
#: where so many more columns of numbers are not understood than are, the table is of something else
_FAR_MORE = 4
_SHOWN = 5
_STEMS = (
    *("thick", "surf", "cort", "vol", "hippo", "thalam", "putamen", "caudate", "pallid", "amygdal", "accumb"),
    *("ventric", "gyr", "sulc", "cerebell", "parcel"),
    *(region for region in sorted(CORTEX) if len(region) > 6),
)
_SIDE_WORDS = frozenset(["lh", "rh", "left", "right", "ctx"])
# the parcellations whose columns need nothing beside their names
_OWN_NAMES = frozenset(("aparc", "aparc.a2009s", "ba_exvivo", "ba"))


@dataclass
class Headings:
    """What the columns of a file are.

    ``measures``: a measure's name in FreeSurfer's own spelling (HCP's for ``FS_`` columns) for each place of a
    column in the file; ``units`` where a name states one; ``others``: places of columns that are no measures and
    not passed over; ``bare``: parcels without a word for their measure, by their name as thickness;
    ``may_be_dkt``: nothing says that the parcels are Desikan-Killiany's; ``notes`` for the user.
    """

    measures: dict[int, str] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)
    bare: dict[int, str] = field(default_factory=dict)
    may_be_dkt: bool = False
    notes: list[str] = field(default_factory=list)


def settle_bare(headings: Headings, medians: Mapping[int, float], path: Path) -> None:
    """Find out what parcels without a word for their measure measure: ``lh_bankssts``, or ``ctx-lh-bankssts``.

    A segmentation's ``ctx-`` names are of volumes. Numbers that hardly differ between parcels and are some mm are
    thickness, in any such table; volumes and areas differ tenfold. The rest stays not understood.

    Args:
        headings: of the file; its ``measures``, ``others`` and ``notes`` are completed.
        medians: of the columns at ``headings.bare``, NaN where there is no number.
        path: the file.
    """
    known = [medians[place] for place in headings.bare if np.isfinite(medians[place])]
    low, high = THICKNESS_MEDIAN
    is_thickness = (
        len(known) >= FEWEST_PARCELS and low <= min(known) and max(known) <= min(high, EVEN * min(known))
    )
    if not is_thickness:
        return
    for place, own in headings.bare.items():
        headings.measures[place] = own
    headings.others = [place for place in headings.others if place not in headings.bare]
    headings.notes.append(
        f"{path.name}: {counted(len(known))} of parcels name no measure: read as thickness by size"
    )


def counted(number: int) -> str:
    """Return a number of columns in words.

    >>> counted(1), counted(2)
    ('1 column', '2 columns')
    """
    return f"{number} column{'' if number == 1 else 's'}"


def file_says(path: Path, first: str) -> FileSays:
    """Return what a file's first cell (``lh.aparc.DKTatlas.thickness``), or else its name, says of all its
    columns.

    >>> file_says(Path("t.tsv"), "lh.aparc.DKTatlas.thickness")
    FileSays(side='lh', measure='thickness', parcellation='DKT')
    """
    written = written_by_freesurfer(first)
    if written is not None and written["parcellation"]:
        return FileSays(written["side"], written["what"], _parcellation(written["parcellation"]))
    words = re.findall(r"[a-z0-9]+", path.stem.casefold())
    measures = [name for name, spelled in CORTICAL_WORDS.items() if set(words) & set(spelled.split())]
    sides = [word for word in ("lh", "rh") if word in words]
    return FileSays(
        sides[0] if len(sides) == 1 and written is None else "",
        measures[0] if len(measures) == 1 and written is None else "",
        DKT if any("dkt" in word for word in words) else "",
    )


def _parcellation(text: str) -> str:
    """Return the parcellation that a first cell names, "" where the columns' own names tell it."""
    if "dkt" in text.casefold():
        return DKT
    return "" if text.casefold() in _OWN_NAMES else re.sub(r"^aparc\.|[^\w.]", "", text)


def read_headings(path: Path, names: Sequence[str], skip: Collection[str], atlas: str | None) -> Headings:
    """Return what the columns ``names`` of a file are.

    Args:
        path: the file, whose name may say what its first cell does not.
        names: the columns, that of the subjects too; the first is the file's first cell.
        skip: columns that say who a person is.
        atlas: the user's choice; "desikan-killiany" where parcels that could be DKT's are not.
    """
    first = names[0]
    out, file = Headings(), file_says(path, first)
    written = written_by_freesurfer(first)
    # the tables of volumes and of intensities name their columns alike
    kind = (written["measure"] or "volume") if written else "volume"
    hcp = any(name.startswith("FS_") for name in names)
    for place, name in enumerate(names):
        if name in skip:
            continue
        own, unit = _own_name(name, file)
        if not file.measure and not is_freesurfers(name):
            thick = freesurfer_spelling(name, replace(file, measure="thickness"))
            if thick is not None and thick.name != own and parse_column(thick.name).measure == "thickness":
                out.bare[place] = thick.name
        if own is None:
            # HCP's unrestricted CSV holds 500 columns of other things
            if not hcp or name.startswith("FS_"):
                out.others.append(place)
            continue
        if kind != "volume" and own.startswith(("lh_", "rh_")):
            # intensities of the cortex
            out.others.append(place)
            continue
        whole = kind == "volume" or parse_column(own).atlas == "global"
        out.measures[place] = own if whole else f"{own}_{kind}"
        if unit:
            out.units[place] = unit
    _respelled(path, names, out)
    if file.parcellation == DKT:
        out.notes.append(f"{path.name}: parcels of the DKT atlas")
    if written is not None and file.side:
        _check_said(path, first, file, names, out)
    says_desikan = written is not None and bool(written["parcellation"])
    out.may_be_dkt = atlas != "desikan-killiany" and not file.parcellation and not says_desikan
    return out


def _own_name(name: str, file: FileSays) -> tuple[str | None, str]:
    """Return FreeSurfer's name for a column, None where it is not understood, and the unit that the name
    states.
    """
    own, unit = name, ""
    if not is_freesurfers(name):
        spelled = freesurfer_spelling(name, file)
        if spelled is None:
            return (name if parse_column(name).measure != "other" else None), ""
        own, unit = spelled.name, spelled.unit
    column = parse_column(own)
    shared = ("desikan-killiany",) if file.parcellation == DKT else ("desikan-killiany", "destrieux", "exvivo")
    if file.parcellation and column.atlas in shared and not own.startswith("FS_"):
        own = f"{own}_{file.parcellation}"
    return own, unit


def _check_said(path: Path, first: str, file: FileSays, names: Sequence[str], out: Headings) -> None:
    """Refuse a table whose first cell says another side or measure than its columns."""
    for place, own in out.measures.items():
        if own.startswith(("lh_", "rh_")) and not (own.startswith(file.side) and f"_{file.measure}" in own):
            raise CohortError.single(
                f"{path}: the first cell says {first}, and column {names[place]!r} another side or measure: "
                "write the table again"
            )


def _respelled(path: Path, names: Sequence[str], out: Headings) -> None:
    """Say which names were read as others."""
    changed = [(names[place], own) for place, own in out.measures.items() if not own.startswith(names[place])]
    if changed:
        shown = ", ".join(f"{name} as {own}" for name, own in changed[:3])
        more = ", …" if changed[3:] else ""
        out.notes.append(f"{path.name}: {counted(len(changed))} read in FreeSurfer's spelling: {shown}{more}")


def told_by_regions(path: Path, out: Headings) -> None:
    """Take parcels for DKT's where they are exactly its 31 regions: Desikan-Killiany has three more a side."""
    if not out.may_be_dkt:
        return
    sides: dict[tuple[str, str], dict[str, list[int]]] = {}
    for place, own in out.measures.items():
        column = parse_column(own)
        if column.atlas == "desikan-killiany" and not own.startswith("FS_"):
            key = column.hemisphere, column.measure
            sides.setdefault(key, {}).setdefault(column.structure, []).append(place)
    if not sides or any(set(regions) != CORTEX - NOT_IN_DKT for regions in sides.values()):
        return
    for regions in sides.values():
        for places in regions.values():
            for place in places:
                out.measures[place] = f"{out.measures[place]}_{DKT}"
    out.notes.append(
        f"{path.name}: its parcels are the 31 of the DKT atlas, without {', '.join(sorted(NOT_IN_DKT))}: read as "
        "DKT (--atlas desikan-killiany reads them as Desikan-Killiany)"
    )


def check_understood(
    path: Path, names: Sequence[str], understood: int, numbers: Iterable[tuple[str, bool]], written: bool
) -> list[str]:
    """Return the columns of numbers that are not understood though they look like measures.

    Args:
        path: the file.
        names: all its columns.
        understood: how many of them are measures.
        numbers: columns of numbers that are not understood, and whether all their cells may be codes or scores.
        written: FreeSurfer wrote the table, so that every column should be a measure.

    Raises:
        CohortError: nothing is understood, or most of what seems to be a measure is not.
    """
    found = list(numbers)
    alike = [name for name, _ in found if written or looks_like_a_measure(name)]
    maybe = [name for name, codes in found if not codes or name in alike]
    if not understood:
        shown = ", ".join(names[:_SHOWN]) + (", …" if names[_SHOWN:] else "")
        raise CohortError.single(
            f"{path}: no column is named as FreeSurfer's measures are ({SPELLINGS}), found {shown}"
        )
    if len(alike) > understood or len(maybe) > _FAR_MORE * understood:
        shown = ", ".join(maybe[:_SHOWN]) + (", …" if maybe[_SHOWN:] else "")
        raise CohortError.single(
            f"{path}: {understood} of {understood + len(maybe)} columns are understood, and not {shown}: expected "
            f"names as in {SPELLINGS} (rename them, or leave out what is no measure)"
        )
    return alike


def looks_like_a_measure(name: str) -> bool:
    """Say whether a name that is not understood speaks of a side, a measure or a place in the brain.

    >>> looks_like_a_measure("smri_thick_cdk_banksstslh"), looks_like_a_measure("BDI_total")
    (True, False)
    """
    words = set(re.findall(r"[a-z]+", name.casefold()))
    return bool(words & _SIDE_WORDS) or any(stem in plain(name) for stem in _STEMS)
