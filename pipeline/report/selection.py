"""Which findings speak for a run: repeats merged, one metric for each question, one model for each features."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from brainaging.pipeline.results import Difference, Finding, Measured, NotComputed, Probe, Score

AnyKind = TypeVar("AnyKind", bound=Measured)

#: what is predicted, by target
KINDS_OF_TARGET = {"sex": "sex", "age_bracket": "age", "age_band": "age", "age_years": "age"}
#: the first of these that a group of findings has stands for it; accuracy is what the original reported for age
_PREFERENCE = {
    "sex": ("balanced_accuracy", "accuracy", "auc"),
    "age": ("accuracy", "balanced_accuracy", "auc", "mae", "r2", "r"),
}
#: what the original used throughout; the grid's other models stand beside it
_FIRST_MODEL = "logistic_regression"
#: ways of taking head size out, in the order of the report
HEAD_SIZE_OUT = ("head_size_residualised", "head_size_matched", "head_size_proportional")
#: what a seed changes: all else is the same in a repeat
_VARYING = frozenset(
    ("value", "ci_low", "ci_high", "baseline_value", "original_value", "n_train", "n_test", "seed", "reason")
)
_FEATURES = ("modality", "target", "features", "encoder", "codes", "adjustment")
#: the fields that say what is predicted, from what and by what
THING = ("experiment", *_FEATURES, "model", "site")


def fields_of(finding: Finding, names: Sequence[str]) -> tuple[object, ...]:
    """Return the values of some fields, "" for those that its kind has not."""
    return tuple(getattr(finding, name, "") for name in names)


def alike(finding: Finding, other: Finding, names: Sequence[str]) -> bool:
    """Whether two findings agree in some fields."""
    return fields_of(finding, names) == fields_of(other, names)


def merged_repeats(findings: Iterable[Finding]) -> dict[Measured, int]:
    """Return the findings that have a value, repeats as one, each with the number of its seeds.

    Repeats differ in their seed alone. Values, baselines and originals are means; an interval spans all of theirs,
    which errs on the wide side.
    """
    groups: dict[tuple[object, ...], list[Measured]] = {}
    for finding in findings:
        if isinstance(finding, Measured) and not math.isnan(finding.value):
            names = [field.name for field in fields(finding) if field.name not in _VARYING]
            groups.setdefault((type(finding), *fields_of(finding, names)), []).append(finding)
    return {_merged(group): len(group) for group in groups.values()}


def of_kind(findings: Iterable[Finding], kind: type[AnyKind]) -> list[AnyKind]:
    """Return the findings of one kind that have a value, repeats as one."""
    return [finding for finding in merged_repeats(findings) if isinstance(finding, kind)]


def reasons(findings: Iterable[Finding]) -> list[str]:
    """Return why numbers were not computed, each reason once."""
    return list(dict.fromkeys(finding.reason for finding in findings if isinstance(finding, NotComputed)))


def _merged(group: Sequence[Measured]) -> Measured:
    if len(group) == 1:
        return group[0]
    means = ("value", "baseline_value", "original_value")
    changes: dict[str, Any] = {
        name: _mean([getattr(finding, name) for finding in group]) for name in means if hasattr(group[0], name)
    }
    changes["ci_low"] = min(
        (finding.ci_low for finding in group), key=lambda end: -math.inf if math.isnan(end) else end
    )
    changes["ci_high"] = max(
        (finding.ci_high for finding in group), key=lambda end: math.inf if math.isnan(end) else end
    )
    return replace(group[0], **changes)


def _mean(values: Sequence[float]) -> float:
    values_given = [value for value in values if not math.isnan(value)]
    return math.fsum(values_given) / len(values_given) if values_given else math.nan


def kind_of_target(finding: Finding) -> str:
    """Return "sex" or "age" for a finding that predicts one of them, "" otherwise."""
    return KINDS_OF_TARGET.get(getattr(finding, "target", ""), "") if isinstance(finding, Probe) else ""


def one_model_each(scores: Sequence[Score]) -> list[Score]:
    """Keep one model for each target and features: the original's, logistic regression first, else the first."""
    kept: dict[tuple[object, ...], Score] = {}
    for score in sorted(
        scores, key=lambda finding: (math.isnan(finding.original_value), finding.model != _FIRST_MODEL)
    ):
        kept.setdefault(fields_of(score, _FEATURES), score)
    return [score for score in scores if any(score is other for other in kept.values())]


def headline(findings: Iterable[Finding]) -> list[Score]:
    """Return one score for each thing predicted from each kind of features: the metric that speaks for it.

    The metric is the one that the original reported where it reported one, else the first of the preferred
    ones. Random splits are left out where a grouped split of the same thing exists.
    """
    groups: dict[tuple[object, ...], list[Score]] = {}
    for finding in merged_repeats(findings):
        if isinstance(finding, Score) and kind_of_target(finding) and not is_aside(finding):
            groups.setdefault(fields_of(finding, THING), []).append(finding)
    # One metric for all scores of a target, so that a reader compares like with like.
    question = ("modality", "target", "metric")
    reported = {
        fields_of(score, question)
        for group in groups.values()
        for score in group
        if not math.isnan(score.original_value)
    }

    def rank(score: Score) -> tuple[bool, int]:
        return (fields_of(score, question) not in reported, preference(score))

    chosen = []
    for group in groups.values():
        ranked = [score for score in group if not score.is_random_split] or group
        ranked = [score for score in ranked if preference(score) < 99]
        if ranked:
            chosen.append(min(ranked, key=rank))
    return chosen


def is_aside(score: Score) -> bool:
    """Whether a score is a baseline's own, of two components only, bias-corrected, or of one site."""
    bare = score.features == "none" or (score.features == "head_size" and score.adjustment != "")
    return bare or score.adjustment in ("pca2", "bias_corrected") or score.site != ""


def preference(finding: Score | Difference) -> int:
    """Return how far back a finding's metric stands for its target; 99 for others."""
    order = _PREFERENCE.get(kind_of_target(finding), ())
    return order.index(finding.metric) if finding.metric in order else 99


def headline_metric(scores: Sequence[Score]) -> str:
    """Return the metric that speaks for scores of one target: the first preferred one, "" for none."""
    ranked = sorted((preference(score), score.metric) for score in scores if preference(score) < 99)
    return ranked[0][1] if ranked else ""


def is_unseen_site(finding: Finding) -> bool:
    """Whether people were predicted by a model that learned from other sites."""
    return getattr(finding, "split", "") == "leave_one_site_out"


def modalities(findings: Iterable[Finding]) -> list[str]:
    """Return the modalities of findings in order of appearance."""
    return list(dict.fromkeys(finding.modality for finding in findings))
