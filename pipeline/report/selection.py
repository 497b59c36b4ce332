"""Rows of results.csv as objects: numbers parsed, the written text kept, and what each claims."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from brainaging.pipeline.report.phrases import Metric, is_difference, key, metric
from brainaging.pipeline.runtime import UserError

NUMBERS = ("value", "ci_low", "ci_high", "baseline_value", "original_value")
# The first of these that a group of rows has stands for it; accuracy is what the original reported for age.
_PREFERENCE = {
    "sex": ("balanced_accuracy", "accuracy", "auc"),
    "age": ("accuracy", "balanced_accuracy", "auc", "mae", "r2", "r"),
}
# What the original used throughout; the grid's other models stand beside it.
_FIRST_MODEL = "logistic_regression"


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
        known = metric(self.text["metric"])
        if known.family == "mse" and key(self.text["modality"]) == "table":
            known = replace(known, name="mean squared error", family="table_mse")
        if self.is_difference and not known.family.startswith("difference"):
            family = "difference" if known.family == "score" else f"difference in {known.name}"
            return replace(known, family=family)
        return known

    @property
    def is_difference(self) -> bool:
        """Whether the row is a difference of two numbers."""
        return any(is_difference(self.text[name]) for name in ("metric", "features", "model", "split"))

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the 95 % interval are given."""
        return not (math.isnan(self.ci_low) or math.isnan(self.ci_high))

    @property
    def is_random_split(self) -> bool:
        """Whether relatives may stand on both sides of the split."""
        return "random" in self.text["split"].lower()

    @property
    def site(self) -> str:
        """The one site whose people the row judges, "" for rows about everybody."""
        found = re.fullmatch(r"site\s+(.+)", self.text["experiment"].strip(), re.IGNORECASE)
        return found[1] if found else ""

    @property
    def is_unseen_site(self) -> bool:
        """Whether people were predicted by a model that learned from other sites."""
        return key(self.text["split"]) == "leave_one_site_out"

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
    """Return the rows of results.csv in file order. Raises UserError naming a non-number's line and column."""
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
        value, low, high, baseline, original = (numbers[name] for name in NUMBERS)
        rows.append(Row(text, value, low, high, baseline, original))
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
        if len(group) == 1:
            merged.append(group[0])
            continue
        merged.append(
            replace(
                group[0],
                value=_mean([row.value for row in group]),
                ci_low=min((row.ci_low for row in group), key=_nan_first),
                ci_high=max((row.ci_high for row in group), key=_nan_last),
                baseline_value=_mean([row.baseline_value for row in group]),
                original_value=_mean([row.original_value for row in group]),
                repeats=len(group),
            )
        )
    return merged


def kind_of_target(row: Row) -> str:
    """Return "sex" or "age" for a row that predicts one of them, "" otherwise."""
    target = key(row.text["target"])
    return next((kind for kind in _PREFERENCE if target == kind or target.startswith(kind + "_")), "")


def one_model_each(rows: Sequence[Row]) -> list[Row]:
    """Keep one model for each target and features: the original's, logistic regression first, else the first."""
    kept: dict[tuple[str, ...], Row] = {}
    for row in sorted(
        rows, key=lambda row: (math.isnan(row.original_value), key(row.text["model"]) != _FIRST_MODEL)
    ):
        kept.setdefault(tuple(row.text[name] for name in ("modality", "target", "features")), row)
    return [row for row in rows if any(row is other for other in kept.values())]


def headline(rows: Sequence[Row]) -> list[Row]:
    """Return one row for each thing predicted from each kind of features: the metric that speaks for it.

    The metric is the one that the original reported where it reported one, else the first of the preferred
    ones. Random splits are left out where a grouped split of the same thing exists.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in merged_repeats(rows):
        if kind_of_target(row) and not is_side_show(row) and not row.is_difference and not math.isnan(row.value):
            thing = tuple(row.text[name] for name in ("experiment", "modality", "target", "features", "model"))
            groups.setdefault(thing, []).append(row)
    # One metric for all rows of a target, so that a reader compares like with like.
    reported = {
        (row.text["modality"], row.text["target"], key(row.text["metric"]))
        for group in groups.values()
        for row in group
        if not math.isnan(row.original_value)
    }

    def rank(row: Row) -> tuple[bool, int]:
        named = (row.text["modality"], row.text["target"], key(row.text["metric"]))
        return (named not in reported, preference(row))

    chosen = []
    for group in groups.values():
        honest = [row for row in group if not row.is_random_split] or group
        ranked = [row for row in honest if preference(row) < 99]
        if ranked:
            chosen.append(min(ranked, key=rank))
    return chosen


def variant(row: Row) -> str:
    """Return what was done about head size before the probe ("residualised", "matched"), "" for the plain one."""
    found = re.search(r"head_size_(residualised|matched)$", key(row.text["features"]))
    return found[1] if found else ""


def is_side_show(row: Row) -> bool:
    """Whether the row is a baseline's own (no features, head size after matching) or of two components only."""
    features = key(row.text["features"])
    return (
        features in ("", "none", "head_size_matched")
        or features.endswith("_pca2")
        or "corrected" in row.text["model"]
        or row.site != ""
    )


def preference(row: Row) -> int:
    """Return how far back a row's metric (or that which it is a difference of) stands; 99 for others."""
    order = _PREFERENCE.get(kind_of_target(row), ())
    base = key(row.text["metric"]).removesuffix("_difference")
    return order.index(base) if base in order else 99


def headline_metric(rows: Sequence[Row]) -> str:
    """Return the metric that speaks for rows of one target: the first preferred one, "" for none."""
    ranked = sorted((preference(row), row.text["metric"]) for row in rows if preference(row) < 99)
    return ranked[0][1] if ranked else ""


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
