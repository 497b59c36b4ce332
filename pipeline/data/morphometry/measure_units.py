"""Units: whether a table's numbers can be mm, mm² and mm³, what else they are, and what no brain has.

FreeSurfer measures thickness in mm, areas in mm², volumes in mm³. Tables that passed through other hands have
heads in mL or L, thickness in µm. A unit is recognised where only one fits: the ranges below are far narrower
than the step from one unit to the next. What no unit explains is refused where results rest on it (head size,
thickness), and noted elsewhere.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.morphometry.columns import Column, parse_column
from brainaging.pipeline.data.morphometry.usual_sizes import (
    EVEN,
    FACTORS,
    FAR,
    FEWEST_PARCELS,
    HEAD,
    HEAD_MEDIAN,
    NEAR,
    PARCELS,
    THICKNESS,
    THICKNESS_MEDIAN,
    TYPICAL,
)

_NOT_NEGATIVE = ("thickness", "thickness_sd", "area", "volume", "voxels", "vertices", "holes")
# people from whom a correlation tells whether heads and brains grow together, and what says that they do not
_ENOUGH, _FALLING = 20, -0.2
_SHOWN = 4


@dataclass
class Checked:
    """A table's numbers in mm, mm² and mm³, notes, and bad cells (row, column, expected)."""

    frame: pd.DataFrame
    notes: list[str] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)


def in_millimetres(frame: pd.DataFrame, path: Path, named: Mapping[str, str]) -> Checked:
    """Return a table's numbers in mm, mm² and mm³; impossible cells are gathered.

    Args:
        frame: (n, p) float64, columns in FreeSurfer's spelling, NaN where missing.
        path: the file, for messages.
        named: units that columns' names state.

    Raises:
        CohortError: head size, thickness or a well-known structure in no unit that fits, a name that states
            another unit than its numbers, most of a column below zero.
    """
    out = Checked(frame.copy())
    columns = {name: parse_column(str(name)) for name in frame.columns}
    _refuse_standardised(frame, columns, path)
    _absent(out, columns, path)
    factors: dict[str, tuple[str, float]] = {}
    for name, column in columns.items():
        values = out.frame[name].to_numpy(dtype=float)
        values = values[np.isfinite(values) & (values > 0)]
        if not len(values) or column.measure not in FACTORS:
            continue
        if (column.structure, column.measure) == ("eTIV", "volume"):
            factors[name] = _unit_of_heads(name, values, path, named.get(name, ""))
        elif column.measure == "thickness":
            factors[name] = _fitting(name, values, path, named.get(name, ""), "thickness", THICKNESS_MEDIAN)
    _doubt_litres(out.frame, columns, factors, path)
    sizes, known = _units_of_sizes(out, columns, path, named)
    factors |= sizes
    for name, (_, factor) in factors.items():
        if factor != 1:
            out.frame[name] *= factor
    _say(out, factors, path)
    _impossible(out, columns, known)
    return out


def _refuse_standardised(frame: pd.DataFrame, columns: Mapping[str, Column], path: Path) -> None:
    wrong = []
    for name, column in columns.items():
        values = frame[name].to_numpy(dtype=float)
        known = values[np.isfinite(values)]
        if column.measure in _NOT_NEGATIVE and len(known) > 3 and (known < 0).mean() > 0.2:
            wrong.append(str(name))
    if wrong:
        raise CohortError.single(
            f"{path}: {len(wrong)} columns hold sizes below zero for many people ({_listed(wrong)}): expected mm, "
            "mm² and mm³ as measured, not standardised or residualised values"
        )


def _absent(out: Checked, columns: Mapping[str, Column], path: Path) -> None:
    """Take a size of zero for missing where every brain has the structure: there FreeSurfer found none."""
    gone = {}
    for name, column in columns.items():
        parcel = column.measure in ("thickness", "area") or (
            column.measure == "volume" and column.structure in TYPICAL
        )
        zero = out.frame[name].to_numpy(dtype=float) == 0
        # a column of zeros is dropped as one, and is not a failure of some people
        if parcel and zero.any() and not zero.all():
            out.frame.loc[zero, name] = np.nan
            gone[str(name)] = int(zero.sum())
    if gone:
        out.notes.append(
            f"{path.name}: {sum(gone.values())} sizes of 0 read as missing, FreeSurfer found nothing there: "
            f"{_listed(list(gone))}"
        )


def _unit_of_heads(name: str, values: np.ndarray, path: Path, stated: str) -> tuple[str, float]:
    limits = HEAD_MEDIAN[0] * 1e3, HEAD_MEDIAN[1] * 1e3
    return _fitting(name, values, path, stated, "volume", limits, "a head of 700 to 2,500 mL, ")


def _fitting(
    name: str,
    values: np.ndarray,
    path: Path,
    stated: str,
    measure: str,
    limits: tuple[float, float],
    what: str = "",
) -> tuple[str, float]:
    """Return the unit, and its factor, in which the median of the positive ``values`` lies within ``limits``.

    Raises:
        CohortError: there is none, or another than the name states.
    """
    median = float(np.median(values))
    # brains may be in L, and parts of them are not: a volume of 0.003 is a share of the head
    units = FACTORS[measure] | ({"L": 1e6} if measure == "volume" else {})
    fitting = [unit for unit, factor in units.items() if limits[0] <= median * factor <= limits[1]]
    if not fitting:
        raise CohortError.single(
            f"{path}: column {name!r}: expected {what}{measure} in {' or '.join(units)} (a median of "
            f"{limits[0]:,.10g} to {limits[1]:,.10g} {next(iter(units))}), found a median of {_number(median)}"
        )
    if stated and stated not in fitting:
        raise CohortError.single(
            f"{path}: column {name!r}: its name says {stated}, and a median of {_number(median)} can only be "
            f"{fitting[0]}"
        )
    return fitting[0], units[fitting[0]]


def _doubt_litres(
    frame: pd.DataFrame, columns: Mapping[str, Column], factors: Mapping[str, tuple[str, float]], path: Path
) -> None:
    """Refuse heads of about one that shrink where brains grow: ENIGMA's first ICV was a determinant (1948 mL /
    eTIV).
    """
    others = [
        name for name, column in columns.items() if column.measure == "volume" and column.structure in TYPICAL
    ]
    for name in [name for name, (unit, _) in factors.items() if unit == "L"]:
        for other in others:
            both = frame[[name, other]].dropna().to_numpy(dtype=float)
            enough = len(both) >= _ENOUGH and (both.std(axis=0) > 0).all()
            if enough and np.corrcoef(both.T)[0, 1] < _FALLING:
                raise CohortError.single(
                    f"{path}: column {name!r}: expected intracranial volume, found numbers about "
                    f"{np.median(both[:, 0]):.3g} that fall where {other} grows: the determinant of the Talairach "
                    "transform? (eTIV is 1,948,106 mm³ divided by it)"
                )


def _units_of_sizes(
    out: Checked, columns: Mapping[str, Column], path: Path, named: Mapping[str, str]
) -> tuple[dict[str, tuple[str, float]], set[str]]:
    """Return the units of volumes and areas, and which columns are well-known structures: each of these has its
    own unit, the rest have that of most.
    """
    known: set[str] = set()
    factors: dict[str, tuple[str, float]] = {}
    odd: list[str] = []
    for measure in ("volume", "area"):
        names = [
            name for name, column in columns.items() if column.measure == measure and column.structure != "eTIV"
        ]
        medians = {name: _median(out.frame[name]) for name in names}
        votes: list[str] = []
        for name in names:
            typical = TYPICAL.get(columns[name].structure) if measure == "volume" else None
            if typical is None or columns[name].atlas not in ("aseg", "global") or not medians[name]:
                continue
            unit = _near(medians[name], (typical / NEAR, typical * NEAR), measure)
            if unit is None or (name in named and named[name] != unit):
                said = f" (its name says {named[name]})" if name in named else ""
                raise CohortError.single(
                    f"{path}: column {name!r}: expected about {typical:,} mm³{said}, found a median of "
                    f"{_number(medians[name])} (shares of the head, or another unit? give sizes as measured)"
                )
            votes.append(unit)
            known.add(name)
            factors[name] = unit, FACTORS[measure][unit]
        parcels = [
            medians[name] for name in names if columns[name].atlas not in ("aseg", "global") and medians[name]
        ]
        own = _near(float(np.median(parcels)), PARCELS[measure], measure) if parcels else None
        if own is not None and FACTORS[measure][own] != 1 and _are_even(parcels):
            # thickness under another name
            own = None
        most = own or (max(sorted(set(votes)), key=votes.count) if votes else None)
        if parcels and own is None:
            odd += [name for name in names if columns[name].atlas not in ("aseg", "global")]
        elif most is not None:
            rest = (name for name in names if name not in factors and name not in odd)
            factors |= dict.fromkeys(rest, (most, FACTORS[measure][most]))
    if odd:
        out.notes.append(
            f"{path.name}: {len(odd)} columns hold no usual sizes in mm² or mm³, and are taken as they stand: "
            f"{_listed(odd)}"
        )
    return factors, known


def _are_even(medians: list[float]) -> bool:
    """Say whether many parcels' numbers differ as little as their thickness does."""
    return len(medians) >= FEWEST_PARCELS and max(medians) < EVEN * min(medians)


def _median(values: "pd.Series[float]") -> float:
    """Return the median of what is above zero, 0 where nothing is."""
    known = values.to_numpy(dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    return float(np.median(known)) if len(known) else 0.0


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _near(median: float, limits: tuple[float, float], measure: str) -> str | None:
    fitting = (unit for unit, factor in FACTORS[measure].items() if limits[0] <= median * factor <= limits[1])
    return next(fitting, None)


def _say(out: Checked, factors: Mapping[str, tuple[str, float]], path: Path) -> None:
    """Note the columns that were converted."""
    units: dict[tuple[str, str], list[str]] = {}
    for name, (unit, factor) in factors.items():
        if factor != 1:
            units.setdefault((unit, parse_column(name).unit), []).append(str(name))
    out.notes += [
        f"{path.name}: {_listed(names)}: numbers of a size that only {unit} can be, read as {unit} and made {own}"
        for (unit, own), names in units.items()
    ]


def _impossible(out: Checked, columns: Mapping[str, Column], known: Collection[str]) -> None:
    """Gather cells that no head has: sizes below zero, one person in another unit than the rest, a code for
    missing.
    """
    for name, column in columns.items():
        values = out.frame[name].to_numpy(dtype=float)
        bad, expected = np.zeros(len(values), dtype=bool), ""
        if (column.structure, column.measure) == ("eTIV", "volume"):
            low, high = HEAD[0] * 1e3, HEAD[1] * 1e3
            bad, expected = (values < low) | (values > high), f"a head of {HEAD[0]:,g} to {HEAD[1]:,g} mL"
            out.bad += [(int(row), str(name), "a positive volume") for row in np.flatnonzero(values <= 0)]
            bad &= values > 0
        elif column.measure == "thickness":
            low, high = THICKNESS
            bad, expected = (values < low) | (values > high), f"{low:g} to {high:g} mm"
        elif column.measure in _NOT_NEGATIVE:
            bad, expected = values < 0, "nothing below zero"
            if name in known:
                typical = TYPICAL[column.structure]
                wild = (values < typical / FAR) | (values > typical * FAR)
                bad, expected = bad | wild, f"about {typical:,} mm³"
        out.bad += [(int(row), str(name), expected) for row in np.flatnonzero(bad)]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else "")
