"""Dots with intervals beside a table: where value, interval, baseline and original stand on a shared axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from brainaging.pipeline.report.phrases import FAMILIES, number, title, word
from brainaging.pipeline.report.selection import Row


@dataclass(frozen=True)
class Mark:
    """Places on a row's axis in percent of its width; None where there is nothing to mark.

    ``hollow`` where the interval holds the baseline: the dot is drawn empty. ``beyond`` is "left" or
    "right" where the baseline lies outside the axis.
    """

    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    original: float | None
    hollow: bool = False
    beyond: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a table as the page shows it."""

    row: Row
    mark: Mark
    value: str
    interval: str
    baseline: str
    baseline_value: str
    original: str


@dataclass(frozen=True)
class Block:
    """Rows that share one axis: its caption, ticks (place in percent, label), lines and ends."""

    caption: str
    ticks: list[tuple[float, str]]
    lines: list[Line]
    drawn: bool
    low: str
    high: str


def blocks(rows: Sequence[Row]) -> list[Block]:
    """Return ``rows`` grouped by the family of their metric, in order of appearance, each with its own axis."""
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(row.measure.family, []).append(row)
    return [_block(family, members) for family, members in families.items()]


def limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of an axis for what ``rows`` mark, on round numbers; (0, 1) where nothing is."""
    names = ("value", "ci_low", "ci_high", "original_value")
    marked = [found for row in rows for name in names if math.isfinite(found := getattr(row, name))]
    if not marked:
        return (0.0, 1.0)
    # A baseline so far off that it would squeeze the rest is left outside.
    span = max(marked) - min(marked)
    near = [row.baseline_value for row in rows if math.isfinite(row.baseline_value)]
    if span > 0:
        near = [value for value in near if min(marked) - 3 * span <= value <= max(marked) + 3 * span]
    marked += near
    low, high = min(marked), max(marked)
    if low == high:
        low, high = low - abs(low or 1) / 2, high + abs(high or 1) / 2
    step = nice_step(high - low)
    return (math.floor(low / step - 1e-9) * step, math.ceil(high / step + 1e-9) * step)


def nice_step(span: float) -> float:
    """Return the step of 1, 2 or 5 times a power of ten that cuts ``span`` into about five."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _block(family: str, rows: Sequence[Row]) -> Block:
    low, high = limits(rows)
    # Errors of 0.000853 read badly: such a block is shown in units of a power of ten, which its caption names.
    largest = max(abs(low), abs(high))
    power = math.floor(math.log10(largest)) if 0 < largest < 0.1 and family != "p" else 0
    scale = 10.0**-power
    step = nice_step((high - low) * scale)
    # A finer one where the ends are no multiples of it: labels are places and not roundings of them.
    while any(abs(end * scale / step - round(end * scale / step)) > 1e-6 for end in (low, high)):
        step = nice_step(1.95 * step)
    count = max(1, round((high - low) * scale / step))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = [
        (round(100 * index / count, 2), f"{low * scale + index * step:.{digits}f}".replace("-", "−"))
        for index in range(count + 1)
    ]
    ends = (ticks[0][1], ticks[-1][1])
    if count > 4:
        # Room for every other label only; the strokes stay.
        ticks = [(place, label if index % 2 == count % 2 else "") for index, (place, label) in enumerate(ticks)]
    caption = FAMILIES.get(family, title(family))
    if power:
        caption = f"{caption} (in units of 10{str(power).translate(_SUPERSCRIPTS)})"
    return Block(caption, ticks, [_line(row, low, high, scale) for row in rows], family != "p", *ends)


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _line(row: Row, low: float, high: float, scale: float) -> Line:
    family = row.measure.family

    def place(value: float) -> float | None:
        return round(100 * (value - low) / (high - low), 2) if low <= value <= high else None

    def shown(value: float) -> str:
        return number(value * scale, family)

    interval = f"{shown(row.ci_low)} to {shown(row.ci_high)}" if row.has_interval else ""
    mark = Mark(
        place(row.value),
        place(row.ci_low),
        place(row.ci_high),
        place(row.baseline_value),
        place(row.original_value),
        row.verdict == "unclear",
        "left" if row.baseline_value < low else "right" if row.baseline_value > high else "",
    )
    return Line(
        row,
        mark,
        shown(row.value),
        interval,
        word(row.text["baseline"]),
        shown(row.baseline_value),
        shown(row.original_value),
    )
