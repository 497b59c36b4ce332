"""A linear judge: can logistic regression on voxels tell real brains from fakes?"""

import numpy as np

from brainaging.pipeline.data import random_folds
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import fold_spaces

FOLDS = 3


def real_or_fake(real: np.ndarray, fake: np.ndarray, mask: np.ndarray, seed: int) -> Predictions:
    """Return the judge's out-of-fold predictions on as many fakes as reals; an AUC of 0.5 is a fooled judge.

    Args:
        real: (n, X, Y, Z) fresh real brains.
        fake: (k, X, Y, Z) generated brains.
        mask: (X, Y, Z) bool.
        seed: of the draw, the folds and the penalty's inner folds.
    """
    count = min(len(real), len(fake))
    both = np.concatenate([real[:count][:, mask], fake[:count][:, mask]]).astype(np.float32)
    labels = np.repeat(np.array(["real", "fake"]), count)
    rows = np.arange(2 * count)
    folds = random_folds(rows, labels, FOLDS, seed)
    return classify(fold_spaces(both, folds), labels, rows, seed)
