"""Dots with intervals beside a table: where value, interval, baseline and original stand on a shared axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from brainaging.pipeline.report.labels import FAMILIES, number, title, word
from brainaging.pipeline.report.rows import Row


@dataclass(frozen=True)
class Mark:
    """Places on a row's axis in percent of its width; None where there is nothing to mark."""

    value: float | None
    low: float | None
    high: float | None
    baseline: float | None
    original: float | None


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
    """Rows that share one axis: its caption, its ticks (place in percent, label) and its lines."""

    caption: str
    ticks: list[tuple[float, str]]
    lines: list[Line]
    drawn: bool


def blocks(rows: Sequence[Row]) -> list[Block]:
    """Return ``rows`` grouped by the family of their metric, in order of appearance, each with its own axis."""
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(row.measure.family, []).append(row)
    return [_block(family, members) for family, members in families.items()]


def limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of an axis that holds all that ``rows`` mark, on round numbers; (0, 1) where nothing is."""
    names = ("value", "ci_low", "ci_high", "baseline_value", "original_value")
    marked = [number for row in rows for name in names if math.isfinite(number := getattr(row, name))]
    if not marked:
        return (0.0, 1.0)
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
    step = nice_step(high - low)
    count = round((high - low) / step)
    digits = max(0, -math.floor(math.log10(step)))
    ticks = []
    for index in range(count + 1):
        tick = low + index * step
        shown = f"{tick:.{digits}f}" if digits <= 4 else f"{tick:.1e}"
        ticks.append((round(100 * index / count, 2), shown.replace("-", "−")))
    caption = FAMILIES.get(family, title(family))
    return Block(caption, ticks, [_line(row, low, high) for row in rows], drawn=family != "p")


def _line(row: Row, low: float, high: float) -> Line:
    def place(value: float) -> float | None:
        return round(100 * (value - low) / (high - low), 2) if math.isfinite(value) else None

    family = row.measure.family
    interval = f"{number(row.ci_low, family)} to {number(row.ci_high, family)}" if row.has_interval else ""
    mark = Mark(
        place(row.value), place(row.ci_low), place(row.ci_high), place(row.baseline_value), place(row.original_value)
    )
    return Line(
        row, mark, number(row.value, family), interval, word(row.text["baseline"]),
        number(row.baseline_value, family), number(row.original_value, family),
    )
