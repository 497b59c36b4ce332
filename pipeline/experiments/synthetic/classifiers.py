"""The judges of synthetic brains: sex classifiers, trained in folds and scored on people they never saw."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.data import Prepared
from brainaging.pipeline.engines import predict_volumes
from brainaging.pipeline.experiments.synthetic.training import Learner, train
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.head_size_audit import SCALES
from brainaging.pipeline.stats.predictions import Predictions, gather
from brainaging.pipeline.stats.sample_space import Fold

FIRST, NOISE, SECOND, AGE = "residual_network", "residual_network_noise_augmented", "densenet", "age_network"
#: standard deviation of the noise-augmented classifier's noise, where a brain's mean intensity is about 0.7
NOISE_SD = 0.1


def sex_learners(bundle: Path, epochs: int) -> dict[str, Learner]:
    """Return the study's three sex classifiers.

    The second judge shares neither architecture nor linear model nor validation subjects with the first.
    """
    return {
        FIRST: Learner(FIRST, bundle, epochs, {"noise": 0.0}),
        NOISE: Learner(NOISE, bundle, epochs, {"noise": NOISE_SD}),
        SECOND: Learner(
            SECOND, bundle, epochs, {"architecture": "densenet", "linear": False}, stream="second validation"
        ),
    }


def cross_validated(
    learner: Learner,
    prepared: Prepared,
    volumes: np.ndarray,
    folds: Sequence[Fold],
    labels: np.ndarray,
    classes: Sequence[str],
    out: Path,
    seed: int,
) -> Predictions:
    """Return a predictor's out-of-fold predictions; class numbers with probabilities, or years.

    Args:
        learner: what is trained on every fold.
        prepared, volumes: the cohort, and its volumes (n, X, Y, Z).
        folds: pairs of rows (train, test).
        labels: (n,) class numbers, −1 where unknown, or years, NaN where unknown.
        classes: the class names; none for years.
        out: gets the weights.
        seed: of weights and validation subjects.
    """
    known = labels >= 0 if classes else np.isfinite(labels)
    parts = []
    for number, (train_rows, test) in enumerate(folds):
        rows, asked = train_rows[known[train_rows]], test[known[test]]
        network = train(learner, prepared, volumes, rows, out, seed, number, labels)
        said = predict_volumes(network, volumes[asked])
        score = said if classes else np.empty((len(asked), 0))
        guess = said.argmax(axis=1) if classes else said[:, 0]
        fold = np.full(len(asked), number)
        parts.append(Predictions(asked, fold, labels[asked], guess, score, tuple(classes), len(rows)))
    return gather(parts)


def scale_rows(blank: Result, answers: np.ndarray, groups: np.ndarray, replicates: int) -> list[Result]:
    """Return a row a scale: mean P(male) of rescaled scans, with its interval over families.

    Args:
        blank: a row with the judge, and the share of men among the scans as its baseline's value.
        answers: (scales, n) of :func:`scale_answers`.
        groups: (n,) families.
        replicates: bootstrap draws.
    """
    row = replace(blank, experiment="head_size_audit", baseline="men among the scans")
    rows = []
    for scale, said in zip(SCALES, answers, strict=True):
        value, low, high = mean_ratio(said, 1.0, groups, blank.seed, replicates)
        rows.append(replace(row, metric=f"p_male_at_{scale:.3f}", value=value, ci_low=low, ci_high=high))
    return rows
