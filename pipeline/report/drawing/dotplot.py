"""Dots with intervals beside a table: where value, interval, baseline and original stand on a shared axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brainaging.pipeline.report.phrases import (
    axis,
    baseline_words,
    capital,
    circumstances,
    metric_words,
    number,
    source,
    subject,
)
from brainaging.pipeline.results import Compared, Difference, Measured
from brainaging.pipeline.results.metric_terms import FAMILIES


@dataclass(frozen=True)
class Mark:
    """Places on a row's axis in percent of its width; None where there is nothing to mark.

    ``hollow`` where the interval holds the baseline, or where a difference is a rotation: the dot is drawn empty.
    ``beyond`` is "left" or "right" where the baseline lies outside the axis.
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
    """A finding as a row of a table: its words, where it stands, its numbers.

    ``exact`` is the value as results.csv has it, ``repeats`` the number of seeds over which it is the mean.
    """

    finding: Measured
    subject: str
    source: str
    metric: str
    circumstances: str
    mark: Mark
    exact: str
    value: str
    interval: str
    baseline: str
    baseline_value: str
    original: str
    repeats: int = 1


@dataclass(frozen=True)
class Block:
    """Rows that share one axis: its caption, ticks (place in percent, label), lines and ends."""

    caption: str
    ticks: list[tuple[float, str]]
    lines: list[Line]
    drawn: bool
    low: str
    high: str


def blocks(findings: Mapping[Measured, int] | Sequence[Measured], *, several: bool = False) -> list[Block]:
    """Return findings grouped by the family of their metric, in order of appearance, each with its own axis.

    Args:
        findings: in the order of the table; as a mapping with the number of seeds that each is the mean of.
        several: whether the run has several modalities, which are then named.
    """
    repeats = findings if isinstance(findings, Mapping) else dict.fromkeys(findings, 1)
    families: dict[str, list[Measured]] = {}
    for finding in repeats:
        families.setdefault(axis(finding), []).append(finding)
    return [
        _block(family, {finding: repeats[finding] for finding in members}, several)
        for family, members in families.items()
    ]


def baseline_value(finding: Measured) -> float:
    """Return the value of a finding's baseline, NaN where it has none."""
    return finding.baseline_value if isinstance(finding, Compared) else math.nan


def original_value(finding: Measured) -> float:
    """Return what the original study reported, NaN where it reported nothing of the kind."""
    value: float = getattr(finding, "original_value", math.nan)
    return value


def is_hollow(finding: Measured) -> bool:
    """Whether a finding shows nothing: it cannot be told from its baseline, or is a rotation."""
    rotation = isinstance(finding, Difference) and finding.is_rotation
    return rotation or (isinstance(finding, Compared) and finding.verdict == "unclear")


def limits(findings: Sequence[Measured]) -> tuple[float, float]:
    """Return the ends of an axis for what findings mark, on round numbers; (0, 1) where nothing is."""
    ends = [
        end
        for finding in findings
        for end in (finding.value, finding.ci_low, finding.ci_high, original_value(finding))
    ]
    marked = [end for end in ends if math.isfinite(end)]
    if not marked:
        return (0.0, 1.0)
    # A baseline so far off that it would squeeze the rest is left outside.
    reach = max(marked) - min(marked)
    near = [value for finding in findings if math.isfinite(value := baseline_value(finding))]
    if reach > 0:
        near = [value for value in near if min(marked) - 3 * reach <= value <= max(marked) + 3 * reach]
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


def _block(family: str, findings: Mapping[Measured, int], several: bool) -> Block:
    low, high = limits(list(findings))
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
    caption = FAMILIES.get(family, _own_caption(next(iter(findings))))
    if power:
        caption = f"{caption} (in units of 10{str(power).translate(_SUPERSCRIPTS)})"
    lines = [
        _line(finding, (low, high), scale, several=several, repeats=repeats)
        for finding, repeats in findings.items()
    ]
    return Block(caption, ticks, lines, family != "p", *ends)


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _own_caption(finding: Measured) -> str:
    name = metric_words(finding) if isinstance(finding, Difference) else finding.term.words
    unit = f" ({finding.term.unit})" if finding.term.unit else ""
    return capital(name) + unit


def _line(finding: Measured, ends: tuple[float, float], scale: float, *, several: bool, repeats: int) -> Line:
    low, high = ends
    baseline, original = baseline_value(finding), original_value(finding)

    def place(value: float) -> float | None:
        return round(100 * (value - low) / (high - low), 2) if low <= value <= high else None

    def scaled(value: float) -> str:
        return number(value * scale, axis(finding))

    mark = Mark(
        place(finding.value),
        place(finding.ci_low),
        place(finding.ci_high),
        place(baseline),
        place(original),
        is_hollow(finding),
        "left" if baseline < low else "right" if baseline > high else "",
    )
    return Line(
        finding=finding,
        subject=subject(finding),
        source=source(finding, several=several),
        metric=metric_words(finding),
        circumstances=circumstances(finding),
        mark=mark,
        exact=repr(float(finding.value)),
        value=scaled(finding.value),
        interval=f"{scaled(finding.ci_low)} to {scaled(finding.ci_high)}" if finding.has_interval else "",
        baseline=baseline_words(finding) if isinstance(finding, Compared) else "",
        baseline_value=scaled(baseline),
        original=scaled(original),
        repeats=repeats,
    )
