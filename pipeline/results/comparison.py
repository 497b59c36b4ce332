"""Two results tables compared, finding by finding: which are equal, which differ, which only one has.

A finding is recognised by what it is (kind, experiment, cohort and every code), never by its numbers, its order in
the table, its numbers of subjects or its seed. Findings left alone that differ in the baseline alone are one
finding whose baseline changed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from brainaging.pipeline.results.shared_fields import Finding
from brainaging.pipeline.results.table import COLUMNS, to_frame

Key = tuple[object, ...]

INTERVALS = ("ci_low", "ci_high", "baseline_low", "baseline_high")
#: numbers in the metric's own unit: a difference is relative to the largest of them
IN_UNIT = ("value", *INTERVALS, "baseline_value", "original_value", "limit")
COUNTS = ("n_train", "n_test")
STATEMENTS = ("passed", "reason")
BASELINE = ("baseline", "baseline_codes")
#: what is compared of two findings that are the same one
COMPARED = (*IN_UNIT, *COUNTS, *STATEMENTS, *BASELINE)
#: columns that tell which finding a row is, in the table's order
IDENTITY = tuple(name for name in COLUMNS if name not in (*IN_UNIT, *COUNTS, *STATEMENTS, "seed"))


@dataclass(frozen=True)
class Pair:
    """The same finding in both tables.

    Attributes:
        before, after: as each table has it.
        columns: those of :data:`COMPARED` that differ, however little.
        relative: the largest difference of a number, by the largest magnitude that stands in the same unit in the
            two findings; infinite where a number is missing on one side, or a statement or the baseline differs.
    """

    before: Finding
    after: Finding
    columns: tuple[str, ...]
    relative: float


@dataclass(frozen=True)
class Comparison:
    """What came of comparing two tables.

    Attributes:
        equal: pairs within the tolerance, in the first table's order.
        differing: pairs beyond it, the largest relative difference first.
        only_before, only_after: findings that one table has alone.
    """

    equal: Sequence[Pair] = field(default_factory=tuple)
    differing: Sequence[Pair] = field(default_factory=tuple)
    only_before: Sequence[Finding] = field(default_factory=tuple)
    only_after: Sequence[Finding] = field(default_factory=tuple)

    @property
    def same(self) -> bool:
        """Whether the tables hold the same findings within the tolerance."""
        return not (self.differing or self.only_before or self.only_after)


def compare(before: Iterable[Finding], after: Iterable[Finding], tolerance: float = 0.0) -> Comparison:
    """Compare two tables.

    Args:
        before, after: findings, in any order.
        tolerance: largest relative difference (see :class:`Pair`) of findings that count as equal; 0 is exact.
    """
    pairs, only_before, only_after = _match(list(before), list(after), identity)
    moved, only_before, only_after = _match(only_before, only_after, _identity_without_baseline)
    compared = [_pair(*both) for both in (*pairs, *moved)]
    equal = [pair for pair in compared if pair.relative <= tolerance]
    differing = sorted((pair for pair in compared if pair.relative > tolerance), key=_largest_first)
    return Comparison(equal, differing, only_before, only_after)


def identity(finding: Finding) -> Key:
    """Return what tells a finding from others: its kind, and :data:`IDENTITY`'s fields that it has."""
    return finding.kind, *(getattr(finding, name, "") for name in IDENTITY if name != "kind")


def counts(comparison: Comparison) -> pd.DataFrame:
    """Return how many findings are equal, differ, or stand in one table alone, a row an experiment."""
    parts = {
        "equal": [pair.before for pair in comparison.equal],
        "differing": [pair.before for pair in comparison.differing],
        "only before": comparison.only_before,
        "only after": comparison.only_after,
    }
    tally = {name: Counter(finding.experiment for finding in findings) for name, findings in parts.items()}
    experiments = dict.fromkeys(experiment for counter in tally.values() for experiment in counter)
    return pd.DataFrame(
        [[counter[experiment] for counter in tally.values()] for experiment in experiments],
        index=pd.Index(list(experiments), name="experiment"),
        columns=list(parts),
    )


def to_differences(comparison: Comparison) -> pd.DataFrame:
    """Return the differences as a table of text: those that differ, then those of one table alone.

    Columns: ``difference`` ("differs", "only before", "only after"), ``relative``, the ``columns`` that differ,
    :data:`IDENTITY`, and both sides of :data:`COMPARED`.
    """
    rows: list[tuple[tuple[str, str, str], Finding | None, Finding | None]] = [
        (("differs", repr(pair.relative), " ".join(pair.columns)), pair.before, pair.after)
        for pair in comparison.differing
    ]
    rows += [(("only before", "", ""), finding, None) for finding in comparison.only_before]
    rows += [(("only after", "", ""), None, finding) for finding in comparison.only_after]
    headings = pd.DataFrame([row[0] for row in rows], columns=["difference", "relative", "columns"], dtype=str)
    names = to_frame([finding for row in rows for finding in [row[1] or row[2]] if finding])[list(IDENTITY)]
    sides = {"before": _text([row[1] for row in rows]), "after": _text([row[2] for row in rows])}
    both = {f"{name}_{side}": text[name] for name in COMPARED for side, text in sides.items()}
    return pd.concat([headings, names, pd.DataFrame(both)], axis="columns")


def _text(findings: Sequence[Finding | None]) -> pd.DataFrame:
    """Return the cells of findings, empty rows where there is none."""
    given = {row: finding for row, finding in enumerate(findings) if finding is not None}
    return (
        to_frame(given.values()).set_axis(list(given), axis="index").reindex(range(len(findings)), fill_value="")
    )


def _match(
    before: list[Finding], after: list[Finding], key: Callable[[Finding], Key]
) -> tuple[list[tuple[Finding, Finding]], list[Finding], list[Finding]]:
    """Pair findings of one key; where a table has several of one key, by their numbers in order."""
    waiting: dict[Key, list[Finding]] = defaultdict(list)
    for finding in sorted(after, key=repr, reverse=True):
        waiting[key(finding)].append(finding)
    partner = {
        id(finding): waiting[key(finding)].pop() for finding in sorted(before, key=repr) if waiting[key(finding)]
    }
    left = {id(finding) for findings in waiting.values() for finding in findings}
    pairs = [(finding, partner[id(finding)]) for finding in before if id(finding) in partner]
    alone = [finding for finding in before if id(finding) not in partner]
    return pairs, alone, [finding for finding in after if id(finding) in left]


def _identity_without_baseline(finding: Finding) -> Key:
    names = (name for name in IDENTITY if name not in ("kind", *BASELINE))
    return finding.kind, *(getattr(finding, name, "") for name in names)


def _pair(before: Finding, after: Finding) -> Pair:
    differing: list[str] = []
    largest = 0.0
    scale = max((abs(number) for side in (before, after) for number in _numbers(side)), default=0.0)
    for name in COMPARED:
        old: Any = getattr(before, name, None)
        new: Any = getattr(after, name, None)
        if old == new or (_missing(old) and _missing(new)):
            continue
        differing.append(name)
        unit = max(abs(old), abs(new)) if name in COUNTS else scale
        countable = name in (*IN_UNIT, *COUNTS) and not (_missing(old) or _missing(new)) and math.isfinite(unit)
        largest = max(largest, abs(old - new) / unit if countable else math.inf)
    return Pair(before, after, tuple(differing), largest)


def _numbers(finding: Finding) -> list[float]:
    numbers = (getattr(finding, name, math.nan) for name in IN_UNIT)
    return [number for number in numbers if not math.isnan(number)]


def _missing(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _largest_first(pair: Pair) -> tuple[float, Key]:
    return -pair.relative, tuple(map(str, identity(pair.before)))
