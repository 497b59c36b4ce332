"""Linear probes of classes: what a linear model can read from features, tested on folds that it never saw.

L2 logistic regression (multinomial where there are more than two classes) on a fold's sample space. The penalty is
chosen inside each training fold by grouped inner folds.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression

from brainaging.pipeline.stats.model_choice import choose, inner_folds
from brainaging.pipeline.stats.out_of_fold import Classifier, classes_out_of_fold, spread_scores
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.sample_space import FoldSpace

# inverse penalty C of scikit-learn; training scores have a mean square norm of 1, so C = 0.01 leaves little but
# the class shares (right for a weak signal, such as age in young adults) and C = 1000 hardly shrinks
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
# used where a training fold is too small to choose: scikit-learn's own
DEFAULT_PENALTY = 1.0


def classify(
    spaces: Sequence[FoldSpace],
    labels: np.ndarray,
    groups: np.ndarray,
    seed: int,
    penalties: Sequence[float] = PENALTIES,
) -> Predictions:
    """Predict classes out of fold by logistic regression.

    Args:
        spaces: sample space of every fold.
        labels: (n,) class name of every cohort row, "" where unknown (the row is left out).
        groups: (n,) group of every row; inner folds keep groups together.
        seed: of the inner folds.
        penalties: the values of C to choose from by the inner folds' log loss.

    Returns:
        predictions; empty with a reason where no fold can be fitted (one class only, no test rows).
    """

    def fit(x: np.ndarray, y: np.ndarray, own: np.ndarray, count: int) -> Classifier:
        model = logistic(choose_penalty(x, y, own, seed, penalties)).fit(x, y)

        def predict(ahead: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            score = spread_scores(model.predict_proba(ahead), model.classes_, count)
            return score.argmax(axis=1), score

        return predict

    return classes_out_of_fold(fit, spaces, labels, groups)


def logistic(penalty: float) -> LogisticRegression:
    """Return the probe's model: L2 logistic regression with an unpenalised intercept and inverse penalty C."""
    return LogisticRegression(C=penalty, max_iter=3000)


def choose_penalty(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int, penalties: Sequence[float] = PENALTIES
) -> float:
    """Return the C with the least log loss over grouped inner folds of a training fold; the smaller of equals.

    Scores (n, r), class numbers (n,), groups (n,). A fold with fewer than two groups for every inner fold is too
    small to choose: then :data:`DEFAULT_PENALTY` if it is on offer, else the middle of the offer.
    """
    penalties = sorted(penalties)
    if len(penalties) == 1:
        return penalties[0]
    folds = []
    for fit, test in inner_folds(y, groups, seed):
        # a class that is not fitted has no probability
        test = test[np.isin(y[test], y[fit])]
        if len(np.unique(y[fit])) > 1 and len(test):
            folds.append((fit, test))

    def loss(penalty: float, fit: np.ndarray, test: np.ndarray) -> float:
        model = logistic(penalty).fit(x[fit], y[fit])
        shares = model.predict_proba(x[test])
        return _log_loss(shares[np.arange(len(test)), np.searchsorted(model.classes_, y[test])])

    default = DEFAULT_PENALTY if DEFAULT_PENALTY in penalties else penalties[len(penalties) // 2]
    return choose(penalties, folds, loss, default)


def _log_loss(shares: np.ndarray) -> float:
    """Return the summed log loss of the probabilities (m,) that people's own classes were given.

    As scikit-learn's, which takes ten times as long to check what it is given, thousands of times in a study.
    """
    eps = np.finfo(shares.dtype).eps
    return float(-np.log(np.clip(shares, eps, 1 - eps)).sum())
