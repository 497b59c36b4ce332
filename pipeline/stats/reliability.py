"""Are predicted probabilities what they say? Calibration error and Brier score, as metrics of predictions."""

import numpy as np

from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import Metric

#: of confidence; Guo et al. 2017 use 15 for tens of thousands of images, ten leave more people in each
#: Guo et al. took 15 for thousands of predictions; ten leave some twenty people a bin of two hundred
BINS = 10


def expected_calibration_error(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Mean gap between confidence and accuracy over ten bins of confidence (Guo et al. 2017, ICML).

    ``score`` must hold probabilities. Biased upwards with few predictions: even a calibrated model's is not 0.
    """
    confidence = pred.score.max(axis=1)
    hit = (pred.score.argmax(axis=1) == pred.truth).astype(float)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = np.zeros(len(weights))
    for number in range(BINS):
        inside = weights * (place == number)
        gap += np.abs(inside @ (hit - confidence))
    return gap / np.maximum(weights.sum(axis=1), 1e-300)


def brier_score(pred: Predictions, weights: np.ndarray) -> np.ndarray:
    """Half the mean squared distance of probabilities from the truth, 0 to 1 (Brier 1950; binary's usual form)."""
    truth = np.eye(pred.score.shape[1])[pred.truth.astype(int)]
    distance = 0.5 * np.square(pred.score - truth).sum(axis=1)
    return (weights @ distance) / np.maximum(weights.sum(axis=1), 1e-300)


RELIABILITY_METRICS: dict[str, Metric] = {"ece": expected_calibration_error, "brier": brier_score}
