"""Age read from scans by a network, beside linear models on the same folds."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.data import target_labels
from brainaging.pipeline.experiments.synthetic.classifiers import EXPERIMENT, MODEL_METRICS, cross_validated
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.results import Baseline, Finding, Probe, Scoring
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import majority, mean_age
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces

log = logging.getLogger(__name__)
AGE = "age_network"


def regress_age(training: Training, learner: Learner, folds: Sequence[Fold], scoring: Scoring) -> list[Finding]:
    """Train an age regressor on folds and score it, beside ridge or logistic regression on voxels.

    Args:
        training: where, on whose scans.
        learner: the bundle ``t1w_age_regressor``.
        folds: pairs of rows (train, test); none for no findings.
        scoring: of the cohort's predictions.

    Returns:
        the findings; none where nobody's age is known.
    """
    if not folds:
        return []
    cohort = training.prepared.cohort
    try:
        classes, labels = target_labels(cohort, "age")
    except UserError as error:
        log.warning("%s", error)
        return []
    learner = replace(learner, overrides={**learner.overrides, "classes": classes})
    predictions = cross_validated(training, learner, folds, labels, classes)
    spaces, inner = fold_spaces(training.volumes, folds), subseed(scoring.seed, "inner folds")
    if classes:
        brackets = np.array(cohort.table["age_bracket"], dtype=str)
        linear, baseline = (
            classify(spaces, brackets, scoring.groups, inner),
            Baseline("majority", majority(spaces, brackets)),
        )
        predictions = _in_order_of(baseline.predictions, predictions)
        target, model, metrics = "age_bracket", LOGISTIC, MODEL_METRICS
    else:
        linear = regress(spaces, labels, scoring.groups, inner).raw
        baseline = Baseline("mean", mean_age(spaces, labels))
        target, model, metrics = "age_years", "ridge", None
    probe = Probe(target=target, features="voxels", model=learner.name)
    return [
        *scoring.scores(probe, predictions, baseline, experiment=EXPERIMENT, metrics=metrics),
        *scoring.differences(probe, "model", model, predictions, linear, EXPERIMENT),
    ]


def _in_order_of(like: Predictions, predictions: Predictions) -> Predictions:
    """Return predictions whose classes stand in another's order."""
    order = [predictions.classes.index(name) for name in like.classes]
    numbers = np.argsort(order)
    return replace(
        predictions,
        truth=numbers[predictions.truth.astype(int)],
        predicted=numbers[predictions.predicted.astype(int)],
        score=predictions.score[:, order],
        classes=like.classes,
    )
