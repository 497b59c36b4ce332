"""A classifier test of fidelity: can logistic regression on voxels tell real brains from generated ones?"""

import numpy as np

from brainaging.pipeline.data import random_folds
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import fold_spaces

#: of the cross-validation: two thirds train. More folds train on more and tell a little more apart; every
#: generator of a table is read with the same number
FOLDS = 3


def real_or_fake(real: np.ndarray, generated: np.ndarray, mask: np.ndarray, seed: int) -> Predictions:
    """Return out-of-fold predictions on as many generated as real brains; an AUC of 0.5 tells nothing apart.

    The classifier two-sample test of Lopez-Paz and Oquab 2017 (ICLR).

    Args:
        real: (n, X, Y, Z) fresh real brains.
        generated: (k, X, Y, Z) brains.
        mask: (X, Y, Z) bool.
        seed: of the draw, the folds and the penalty's inner folds.
    """
    count = min(len(real), len(generated))
    both = np.concatenate([real[:count][:, mask], generated[:count][:, mask]]).astype(np.float32)
    labels = np.repeat(np.array(["real", "fake"]), count)
    rows = np.arange(2 * count)
    folds = random_folds(rows, labels, FOLDS, seed)
    return classify(fold_spaces(both, folds), labels, rows, seed)
