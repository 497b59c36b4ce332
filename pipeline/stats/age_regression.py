"""Age in years by ridge regression, and the correction of any model's bias towards the mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from sklearn.linear_model import Ridge

from brainaging.pipeline.stats.model_choice import age_folds, choose, inner_predictions
from brainaging.pipeline.stats.predictions import Predictions, gather, impossible
from brainaging.pipeline.stats.sample_space import FoldSpace

# training scores have a mean square norm of 1
ALPHAS = tuple(10.0**power for power in range(-4, 3))
# used where a training fold is too small to choose: scikit-learn's own
DEFAULT_ALPHA = 1.0
# below this slope a correction, which divides by it, multiplies noise more than tenfold: none is applied
LEAST_SLOPE = 0.1

#: (a, b) of predicted = a + b · age
BiasLine = tuple[float, float]
#: what predicts (m,) years from rows (m, r), and its bias line
Fitted = tuple[Callable[[np.ndarray], np.ndarray], BiasLine | None]


@dataclass(frozen=True)
class AgePredictions:
    """Years predicted out of fold, as the model gives them and corrected for bias (empty with a reason if not)."""

    raw: Predictions
    corrected: Predictions


def regress(
    spaces: Sequence[FoldSpace], years: np.ndarray, groups: np.ndarray, seed: int, alphas: Sequence[float] = ALPHAS
) -> AgePredictions:
    """Predict age in years out of fold by ridge regression.

    The penalty is chosen in the training fold by the squared error over grouped inner folds. The same inner folds'
    predictions give the bias line, predicted = a + b · age; the corrected prediction is (predicted − a) / b
    (Cole et al. 2018), which unlike the correction by true age needs no test subject's age.

    Args:
        spaces: sample space of every fold.
        years: (n,) exact ages, NaN where unknown (the row is left out).
        groups: (n,) group of every row.
        seed: of the inner folds.
        alphas: ridge penalties to choose from.
    """

    def fit(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> Fitted:
        alpha, line = choose_alpha(x, y, own, seed, alphas)
        return Ridge(alpha).fit(x, y).predict, line

    return out_of_fold(fit, spaces, years, groups)


def out_of_fold(
    fit: Callable[[np.ndarray, np.ndarray, np.ndarray], Fitted],
    spaces: Sequence[FoldSpace],
    years: np.ndarray,
    groups: np.ndarray,
) -> AgePredictions:
    """Return years predicted out of fold by any model, raw and with its bias line taken out.

    Args:
        fit: takes training rows (n, r), years (n,) and groups (n,); returns what predicts (m,) years from rows
            (m, r), and the bias line (a, b) of predicted = a + b · age on people not fitted to, None if unknown.
        spaces: sample space of every fold.
        years: (n,) exact ages, NaN where unknown (the row is left out).
        groups: (n,) group of every row.
    """
    known = np.isfinite(years)
    if len(np.unique(years[known])) < 2:
        none = impossible(f"two different ages needed, found {len(np.unique(years[known]))}")
        return AgePredictions(none, none)
    raw, corrected, flat = [], [], 0
    for space in spaces:
        train, test = known[space.train_idx], known[space.test_idx]
        if train.sum() < 2 or not test.any():
            continue
        x, y = space.train[train], years[space.train_idx[train]]
        predict, line = fit(x, y, groups[space.train_idx[train]])
        rows = space.test_idx[test]
        predicted = predict(space.test[test])
        fold, score = np.full(len(rows), space.number), np.empty((len(rows), 0))
        part = Predictions(rows, fold, years[rows], predicted, score, (), len(y))
        raw.append(part)
        if line is None or line[1] < LEAST_SLOPE:
            flat += 1
        else:
            corrected.append(replace(part, predicted=(predicted - line[0]) / line[1]))
    if not raw:
        none = impossible("no fold has two training subjects and a test subject of known age")
        return AgePredictions(none, none)
    if flat:
        # a correction in some folds only would compare unlike subjects
        reason = f"the predictions' slope on age is below {LEAST_SLOPE:g} in {flat} of {len(raw)} training folds"
        return AgePredictions(gather(raw), impossible(reason))
    return AgePredictions(gather(raw), gather(corrected))


def choose_alpha(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int, alphas: Sequence[float] = ALPHAS
) -> tuple[float, BiasLine | None]:
    """Return the best ridge penalty of a training fold and its bias line (a, b), both from grouped inner folds.

    Scores (n, r), years (n,), groups (n,). Inner folds are stratified by thirds of age; of equal penalties the
    largest is taken. A fold too small for inner folds gives :data:`DEFAULT_ALPHA` and no line.
    """
    folds = age_folds(y, groups, seed)
    if not folds:
        return DEFAULT_ALPHA, None

    def predicted(alpha: float, fit: np.ndarray, test: np.ndarray) -> np.ndarray:
        guess: np.ndarray = Ridge(alpha).fit(x[fit], y[fit]).predict(x[test])
        return guess

    def loss(alpha: float, fit: np.ndarray, test: np.ndarray) -> float:
        return float(((predicted(alpha, fit, test) - y[test]) ** 2).sum())

    alpha = choose(sorted(alphas, reverse=True), folds, loss, DEFAULT_ALPHA)
    return alpha, bias_line(inner_predictions(partial(predicted, alpha), folds, len(y)), y)


def bias_line(predicted: np.ndarray, years: np.ndarray) -> BiasLine | None:
    """Return (a, b) of predicted = a + b · age, predictions (n,) of people not fitted to, NaN of others.

    None where fewer than two people, or people of one age alone, were predicted.
    """
    tested = np.isfinite(predicted)
    if tested.sum() < 2 or np.ptp(years[tested]) == 0:
        return None
    slope, offset = np.polyfit(years[tested], predicted[tested], 1)
    return float(offset), float(slope)
