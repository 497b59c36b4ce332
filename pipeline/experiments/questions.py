"""The questions of every modality, as data: what is predicted, from what, by what, with which baseline.

:mod:`brainaging.pipeline.experiments.answers` answers them. Scans and tables differ in their features and in the
models that are tried, not in the questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from brainaging.pipeline.experiments.feature_sets import FeatureSet
from brainaging.pipeline.results import Probe
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.stats.baselines import head_size_space, match, sex_spaces
from brainaging.pipeline.stats.encodings import Subjects
from brainaging.pipeline.stats.projection import first_components
from brainaging.pipeline.stats.sample_space import FoldSpace
from brainaging.pipeline.stats.scores import CLASS_METRICS, Metric

MATCHED = "head_size_matched"


@dataclass(frozen=True)
class Contrast:
    """What is subtracted from a score: in what the two differ, the other's code, and its probe."""

    contrast: str
    reference: str
    probe: Probe


@dataclass(frozen=True)
class Question:
    """One line of an experiment.

    Attributes:
        probe: what is predicted, from what, by what.
        spaces: the features of every fold.
        labels: (n,) class names ("" unknown) or years (NaN unknown).
        groups: (n,) whom inner folds keep together.
        baselines: what the score must beat; the first that could be predicted stands beside it.
        contrasts: differences from other scores of the same target.
        stream: names the permutation test's random stream; no test where empty.
        metrics: None for those of classes or years.
        strata: (n,) classes that the mean is taken in, by the model "mean".
        is_scored: False for what is a baseline alone.
    """

    probe: Probe
    spaces: Sequence[FoldSpace]
    labels: np.ndarray
    groups: np.ndarray
    baselines: tuple[Probe, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    stream: tuple[str, ...] = ()
    metrics: Mapping[str, Metric] | None = None
    strata: np.ndarray | None = None
    is_scored: bool = True


@dataclass(frozen=True)
class Plan:
    """What is predicted from a modality, and by what.

    Attributes:
        subjects: whose sex and age.
        sets: the features; the first is what all others are compared with.
        stream: first words of the permutation tests' random streams.
        sex_models: models of sex beyond logistic regression, on the first features.
        age_group_models: models of age groups beyond logistic regression, on all features.
        ordered_models: models of age groups in order, on the first features.
        year_models: models of age in years, the first of them on random folds too.
        order_metrics: scores that know the age groups' order, on the first features.
    """

    subjects: Subjects
    sets: Sequence[FeatureSet]
    stream: tuple[str, ...] = ("permutation",)
    sex_models: tuple[str, ...] = ()
    age_group_models: tuple[str, ...] = ()
    ordered_models: tuple[str, ...] = ()
    year_models: tuple[str, ...] = ("ridge",)
    order_metrics: Mapping[str, Metric] = field(default_factory=dict)

    @property
    def groups(self) -> np.ndarray:
        """Each subject's group (n,)."""
        return np.asarray(self.subjects.groups)

    @property
    def alone(self) -> np.ndarray:
        """Every subject a group of its own (n,): relatives on both sides, as in the original's random split."""
        return np.arange(len(self.subjects))


def all_questions(plan: Plan) -> list[Question]:
    """Return the questions of sex, of age groups and of age in years."""
    return [*sex_questions(plan), *age_group_questions(plan), *age_questions(plan)]


def sex_questions(plan: Plan) -> Iterator[Question]:
    """Sex: raw, on a random split, without head size and matched for it, beside head size alone."""
    sex = np.asarray(plan.subjects.sex, dtype=str)
    size = np.asarray(plan.subjects.head_size, dtype=float)
    groups, first = plan.groups, plan.sets[0]
    common = Probe(target="sex", features="none", model="majority")
    by_size = Probe(target="sex", features="head_size", model=LOGISTIC)
    sized = [head_size_space(space, size) for space in first.grouped]
    yield Question(common, first.grouped, sex, groups)
    yield Question(by_size, sized, sex, groups, (common,))
    loose, loose_by_size = replace(common, split="random"), replace(by_size, split="random")
    if first.random:
        unsized = [head_size_space(space, size) for space in first.random]
        yield Question(loose, first.random, sex, groups, is_scored=False)
        yield Question(loose_by_size, unsized, sex, groups, is_scored=False)
    # without head sizes the commonest sex is what is left to beat
    baselines = by_size, common
    yield from _classes(plan, "sex", sex, baselines, (loose_by_size, loose))
    for model in plan.sex_models:
        yield Question(first.probe("sex", model), first.grouped, sex, groups, baselines)
    for features in plan.sets:
        for adjustment, spaces in features.adjusted.items():
            probe = features.probe("sex", LOGISTIC, adjustment)
            yield Question(probe, spaces, sex, groups, (common,))
    by_matched = replace(by_size, adjustment=MATCHED)
    yield Question(by_matched, [match(space, sex, size) for space in sized], sex, groups, (common,))
    for features in plan.sets:
        pairs = [match(space, sex, size) for space in features.grouped]
        yield Question(features.probe("sex", LOGISTIC, MATCHED), pairs, sex, groups, (by_matched,))


def age_group_questions(plan: Plan) -> Iterator[Question]:
    """Age brackets (or 10-year bands), beside the majority and sex alone."""
    labels, groups, first = plan.subjects.age_group, plan.groups, plan.sets[0]
    target = "age_bracket" if plan.subjects.has_brackets else "age_band"
    common = Probe(target=target, features="none", model="majority")
    loose = replace(common, split="random")
    yield Question(common, first.grouped, labels, groups)
    by_sex = sex_spaces(first.grouped, np.asarray(plan.subjects.sex, dtype=str))
    yield Question(replace(common, features="sex", model=LOGISTIC), by_sex, labels, groups, (common,))
    if first.random:
        yield Question(loose, first.random, labels, groups, is_scored=False)
    yield from _classes(plan, target, labels, (common,), (loose,))
    for features in plan.sets:
        for model in plan.age_group_models:
            yield Question(features.probe(target, model), features.grouped, labels, groups, (common,))
    metrics = {**CLASS_METRICS, **plan.order_metrics}
    for model in plan.ordered_models:
        probe = first.probe(target, model)
        yield Question(probe, first.grouped, labels, groups, (common,), metrics=metrics)


def age_questions(plan: Plan) -> Iterator[Question]:
    """Years, uncorrected and then corrected for bias, beside the mean and the mean of each sex."""
    years, groups, first = plan.subjects.years, plan.groups, plan.sets[0]
    if not np.isfinite(years).any():
        return
    target, main = "age_years", plan.year_models[0]
    mean = Probe(target=target, features="none", model="mean")
    loose = replace(mean, split="random")
    sex = np.asarray(plan.subjects.sex, dtype=str)
    yield Question(mean, first.grouped, years, groups)
    yield Question(replace(mean, features="sex"), first.grouped, years, groups, (mean,), strata=sex)
    if first.random:
        yield Question(loose, first.random, years, groups, is_scored=False)
    for features in plan.sets:
        for model in plan.year_models:
            probe = features.probe(target, model)
            question = Question(probe, features.grouped, years, groups, (mean,))
            if model == main:
                question = replace(
                    question,
                    contrasts=_features_contrast(features, first, target, main),
                    stream=(*plan.stream, target, features.key),
                )
            yield question
            corrected = replace(probe, adjustment="bias_corrected")
            yield Question(corrected, features.grouped, years, groups, (mean,))
    for features in plan.sets:
        yield from _random(plan, features, years, features.probe(target, main), (loose,))


def _classes(
    plan: Plan,
    target: str,
    labels: np.ndarray,
    baselines: tuple[Probe, ...],
    random_baselines: tuple[Probe, ...],
) -> Iterator[Question]:
    """Logistic regression on all features, on two components of them, and on random folds."""
    first = plan.sets[0]
    ordered = {**CLASS_METRICS, **plan.order_metrics} if target != "sex" and plan.order_metrics else None
    for features in plan.sets:
        yield Question(
            features.probe(target, LOGISTIC),
            features.grouped,
            labels,
            plan.groups,
            baselines,
            _features_contrast(features, first, target, LOGISTIC),
            (*plan.stream, target, features.key),
            ordered if features is first else None,
        )
        two = [first_components(space) for space in features.components]
        yield Question(features.probe(target, LOGISTIC, "pca2"), two, labels, plan.groups, baselines)
    for features in plan.sets:
        yield from _random(plan, features, labels, features.probe(target, LOGISTIC), random_baselines)


def _random(
    plan: Plan, features: FeatureSet, labels: np.ndarray, grouped: Probe, baselines: tuple[Probe, ...]
) -> Iterator[Question]:
    """A question on random folds, and its difference from the grouped ones: what relatives leak."""
    if features.random:
        leak = (Contrast("split", "grouped", grouped),)
        probe = replace(grouped, split="random")
        yield Question(probe, features.random, labels, plan.alone, baselines, leak)


def _features_contrast(features: FeatureSet, first: FeatureSet, target: str, model: str) -> tuple[Contrast, ...]:
    if features is first:
        return ()
    return (Contrast("features", first.features, first.probe(target, model)),)
