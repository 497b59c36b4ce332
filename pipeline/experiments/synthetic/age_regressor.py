"""Age read from scans by a network, beside linear models on the same folds."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.data import Prepared, target_labels
from brainaging.pipeline.experiments.synthetic.classifiers import cross_validated
from brainaging.pipeline.experiments.synthetic.training import Learner
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import majority, mean_age
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.reliability import RELIABILITY_METRICS
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces
from brainaging.pipeline.stats.scores import CLASS_METRICS

log = logging.getLogger(__name__)


def score_age(
    learner: Learner, prepared: Prepared, volumes: np.ndarray, folds: Sequence[Fold], out: Path, sheet: Sheet
) -> None:
    """Train an age regressor on folds and add its rows, beside ridge or logistic regression on voxels.

    Args:
        learner: the bundle ``t1w_age_regressor``.
        prepared, volumes: the cohort, and its volumes (n, X, Y, Z).
        folds: pairs of rows (train, test).
        out: gets the weights.
        sheet: takes the rows; where nobody's age is known, none.
    """
    try:
        classes, labels = target_labels(prepared.cohort, "age")
    except UserError as error:
        log.warning("%s", error)
        return
    learner = replace(learner, overrides={**learner.overrides, "classes": classes})
    pred = cross_validated(learner, prepared, volumes, folds, labels, classes, out, sheet.seed)
    spaces, inner = fold_spaces(volumes, folds), subseed(sheet.seed, "inner folds")
    if classes:
        texts = np.array(prepared.cohort.table["age_bracket"], dtype=str)
        linear, guess = classify(spaces, texts, sheet.groups, inner), ("majority", majority(spaces, texts))
        pred = _in_order_of(guess[1], pred)
        metrics = {**CLASS_METRICS, **RELIABILITY_METRICS}
        target, model = "age_bracket", LOGISTIC
        sheet.scores(target, "voxels", learner.name, pred, experiment="judges", baseline=guess, metrics=metrics)
    else:
        linear, guess = regress(spaces, labels, sheet.groups, inner).raw, ("mean", mean_age(spaces, labels))
        target, model = "age_years", "ridge"
        sheet.scores(target, "voxels", learner.name, pred, experiment="judges", baseline=guess)
    sheet.change(target, "voxels", f"{learner.name} minus {model}", pred, linear, experiment="judges")


def _in_order_of(like: Predictions, pred: Predictions) -> Predictions:
    """Return predictions whose classes stand in another's order."""
    order = [pred.classes.index(name) for name in like.classes]
    numbers = np.argsort(order)
    return replace(
        pred,
        truth=numbers[pred.truth.astype(int)],
        predicted=numbers[pred.predicted.astype(int)],
        score=pred.score[:, order],
        classes=like.classes,
    )
