"""Rows of results.csv as objects: numbers parsed, the written text kept, and what each claims."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from brainaging.pipeline.report.labels import Metric, is_difference, key, metric
from brainaging.pipeline.runtime import UserError

NUMBERS = ("value", "ci_low", "ci_high", "baseline_value", "original_value")
# The first of these that a group of rows has stands for it; accuracy is what the original reported for age.
_PREFERENCE = {
    "sex": ("balanced_accuracy", "accuracy", "auc"),
    "age": ("accuracy", "balanced_accuracy", "auc", "mae", "r2", "r"),
}


@dataclass(frozen=True)
class Row:
    """One number of a run. ``text`` holds every column exactly as results.csv has it; NaN is "not given"."""

    text: dict[str, str]
    value: float
    ci_low: float
    ci_high: float
    baseline_value: float
    original_value: float
    repeats: int = 1

    @property
    def measure(self) -> Metric:
        """What is known of the row's metric."""
        if self.is_difference:
            known = metric(self.text["metric"])
            return replace(known, family="difference", higher=known.higher)
        return metric(self.text["metric"])

    @property
    def is_difference(self) -> bool:
        """Whether the row is a difference of two numbers."""
        return any(is_difference(self.text[name]) for name in ("metric", "features", "model"))

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the 95 % interval are given."""
        return not (math.isnan(self.ci_low) or math.isnan(self.ci_high))

    @property
    def is_random_split(self) -> bool:
        """Whether relatives may stand on both sides of the split."""
        return "random" in self.text["split"].lower()

    @property
    def verdict(self) -> str:
        """How the row stands to its baseline: "better", "worse", "unclear", or "" where nothing can be said.

        Better or worse needs the whole interval on one side of the baseline.
        """
        higher = self.measure.higher
        if higher is None or self.is_difference or not self.has_interval or math.isnan(self.baseline_value):
            return ""
        if self.ci_low > self.baseline_value:
            return "better" if higher else "worse"
        if self.ci_high < self.baseline_value:
            return "worse" if higher else "better"
        return "unclear"


def parse_rows(table: pd.DataFrame) -> list[Row]:
    """Return the rows of results.csv in file order. Raises UserError naming the line and column of a non-number."""
    rows = []
    for line, record in enumerate(table.to_dict("records"), start=2):
        text = {str(name): str(value) for name, value in record.items()}
        numbers = {}
        for name in NUMBERS:
            try:
                numbers[name] = float(text[name]) if text[name].strip() else math.nan
            except ValueError:
                raise UserError(
                    f"results.csv, line {line}: {name} expected a number, found {text[name]!r}"
                ) from None
        rows.append(Row(text, **numbers))
    return rows


def merged_repeats(rows: Iterable[Row]) -> list[Row]:
    """Return one row for rows that differ in their seed alone.

    Its value, baseline and original are means; its interval spans all of theirs, which errs on the wide side.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_identity(row), []).append(row)
    merged = []
    for group in groups.values():
        values = {name: _mean([getattr(row, name) for row in group]) for name in NUMBERS}
        values["ci_low"] = min((row.ci_low for row in group), key=_nan_first)
        values["ci_high"] = max((row.ci_high for row in group), key=_nan_last)
        merged.append(replace(group[0], **values, repeats=len(group)) if len(group) > 1 else group[0])
    return merged


def kind_of_target(row: Row) -> str:
    """Return "sex" or "age" for a row that predicts one of them, "" otherwise."""
    target = key(row.text["target"])
    return next((kind for kind in _PREFERENCE if target == kind or target.startswith(kind + "_")), "")


def headline(rows: Sequence[Row]) -> list[Row]:
    """Return one row for each thing predicted from each kind of features: the metric that speaks for it.

    The metric is the one that the original reported where it reported one, else the first of the preferred
    ones. Random splits are left out where a grouped split of the same thing exists.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in merged_repeats(rows):
        if kind_of_target(row) and not row.is_difference and not math.isnan(row.value):
            thing = tuple(row.text[name] for name in ("experiment", "modality", "target", "features", "model"))
            groups.setdefault(thing, []).append(row)
    chosen = []
    for group in groups.values():
        honest = [row for row in group if not row.is_random_split] or group
        ranked = [row for row in honest if key(row.text["metric"]) in _PREFERENCE[kind_of_target(row)]]
        if ranked:
            chosen.append(min(ranked, key=_rank))
    return chosen


def _rank(row: Row) -> tuple[bool, int]:
    return (math.isnan(row.original_value), _PREFERENCE[kind_of_target(row)].index(key(row.text["metric"])))


def _identity(row: Row) -> tuple[str, ...]:
    varying = {*NUMBERS, "seed", "n_train", "n_test"}
    return tuple(value for name, value in sorted(row.text.items()) if name not in varying)


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return math.fsum(known) / len(known) if known else math.nan


def _nan_first(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _nan_last(value: float) -> float:
    return math.inf if math.isnan(value) else value
