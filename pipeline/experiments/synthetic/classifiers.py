"""Sex classifiers of scans: trained in folds, scored on people they never saw, audited for head size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainaging.pipeline.data import SEXES, sex_numbers
from brainaging.pipeline.engines import predict_volumes
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.results import Baseline, Finding, Probe, ScaleResponse, Scoring, measured
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.runtime import subseed
from brainaging.pipeline.stats.baselines import majority
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.head_size_audit import (
    SCALES,
    matched_on_head_size,
    scale_answers,
    without_head_size,
)
from brainaging.pipeline.stats.predictions import Predictions, gather
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.reliability import RELIABILITY_METRICS
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace, fold_spaces
from brainaging.pipeline.stats.scores import CLASS_METRICS

FIRST, NOISE, SECOND = "residual_network", "residual_network_noise_augmented", "densenet"
#: standard deviation of the noise-augmented classifier's noise, where a brain's mean intensity is about 0.7. No
#: source: the original reports Gaussian noise and not how much. Sensitivity: it concerns that classifier alone
NOISE_SD = 0.1
EXPERIMENT = "classifiers"
MODEL_METRICS = {**CLASS_METRICS, **RELIABILITY_METRICS}


def sex_learners(bundle: Path, epochs: int) -> dict[str, Learner]:
    """Return the three sex classifiers.

    The second reader shares neither architecture nor linear model nor validation subjects with the first.
    """
    return {
        FIRST: Learner(FIRST, bundle, epochs, {"noise": 0.0}),
        NOISE: Learner(NOISE, bundle, epochs, {"noise": NOISE_SD}),
        SECOND: Learner(
            SECOND, bundle, epochs, {"architecture": "densenet", "linear": False}, stream="second validation"
        ),
    }


@dataclass(frozen=True)
class Classified:
    """What the classifiers of scans leave: findings, and the first one's mean P(male) by linear scale."""

    findings: list[Finding]
    scale_curve: Mapping[float, float]


def classify_scans(
    training: Training, bundle: Path, folds: Sequence[Fold], budget: SyntheticBudget, scoring: Scoring
) -> Classified:
    """Train and score the sex classifiers, and audit the first for head size.

    Args:
        training: where, on whose scans.
        bundle: ``t1w_sex_classifier``.
        folds: grouped, rows (train, test).
        budget: on how many of the folds, for how long.
        scoring: of the cohort's predictions.
    """
    prepared, volumes = training.prepared, training.volumes
    learners = sex_learners(bundle, budget.classifier_epochs)
    sex, sexes = sex_numbers(prepared.cohort), np.array(prepared.cohort.table["sex"], dtype=str)
    spaces = fold_spaces(volumes, folds)
    linear = classify(spaces, sexes, scoring.groups, subseed(scoring.seed, "inner folds"))
    findings: list[Finding] = []
    first = None
    for name, count in ((FIRST, budget.classifier_folds), (NOISE, budget.noise_folds), (SECOND, 1)):
        if not folds[:count]:
            continue
        predictions = cross_validated(training, learners[name], folds[:count], sex, SEXES)
        probe, baseline = Probe(target="sex", features="voxels", model=name), Baseline(LOGISTIC, linear)
        findings += scoring.scores(probe, predictions, baseline, experiment=EXPERIMENT, metrics=MODEL_METRICS)
        findings += scoring.differences(probe, "model", LOGISTIC, predictions, linear, EXPERIMENT)
        if name == FIRST:
            first = predictions
    if first is None:
        raise ValueError(f"expected a budget of at least one fold for {FIRST}")
    findings += _without_head_size(first, prepared.head_size, spaces, sexes, scoring)
    train, test = folds[0]
    network = training.network(learners[FIRST], train[sex[train] >= 0], labels=sex)
    answers = scale_answers(lambda brains: predict_volumes(network, brains), volumes[test])
    known = sex[test][sex[test] >= 0]
    findings += _scale_responses(answers, float(known.mean()), (len(train), test), scoring)
    return Classified(findings, dict(zip(SCALES, answers.mean(axis=1).tolist(), strict=True)))


def cross_validated(
    training: Training, learner: Learner, folds: Sequence[Fold], labels: np.ndarray, classes: Sequence[str]
) -> Predictions:
    """Return a predictor's out-of-fold predictions; class numbers with probabilities, or years.

    Args:
        training: where, on whose scans.
        learner: what is trained on every fold.
        folds: pairs of rows (train, test).
        labels: (n,) class numbers, −1 where unknown, or years, NaN where unknown.
        classes: the class names; none for years.
    """
    labelled = labels >= 0 if classes else np.isfinite(labels)
    parts = []
    for number, (train, test) in enumerate(folds):
        fit, tested = train[labelled[train]], test[labelled[test]]
        network = training.network(learner, fit, number, labels)
        answers = predict_volumes(network, training.volumes[tested])
        parts.append(
            Predictions(
                tested,
                np.full(len(tested), number),
                labels[tested],
                answers.argmax(axis=1) if classes else answers[:, 0],
                answers if classes else np.empty((len(tested), 0)),
                tuple(classes),
                len(fit),
            )
        )
    return gather(parts)


def _without_head_size(
    first: Predictions, head_size: np.ndarray, spaces: Sequence[FoldSpace], sexes: np.ndarray, scoring: Scoring
) -> list[Finding]:
    findings: list[Finding] = []
    common = Baseline("majority", majority(spaces, sexes))
    for adjustment, adjusted in (
        ("head_size_residualised", without_head_size(first, head_size, scoring.groups, scoring.seed)),
        ("head_size_matched", matched_on_head_size(first, head_size)),
    ):
        probe = Probe(target="sex", features="voxels", model=FIRST, adjustment=adjustment)
        findings += scoring.scores(probe, adjusted, common, experiment=EXPERIMENT)
    return findings


def _scale_responses(
    answers: np.ndarray, men: float, people: tuple[int, np.ndarray], scoring: Scoring
) -> list[Finding]:
    """Return mean P(male) of rescaled scans, with intervals over families.

    Args:
        answers: (scales, m) of :func:`scale_answers`.
        men: their share among the scans.
        people: number of training people, and rows (m,) of the tested ones.
        scoring: of the cohort.
    """
    n_train, tested = people
    findings: list[Finding] = []
    for scale, male in zip(SCALES, answers, strict=True):
        mean = mean_ratio(male, 1.0, scoring.groups[tested], scoring.seed, scoring.replicates)
        findings.append(
            ScaleResponse(
                **scoring.common("head_size_audit", n_train, len(tested)),
                model=FIRST,
                scale=scale,
                **measured("p_male", mean, "men_among_scans", men),
            )
        )
    return findings
