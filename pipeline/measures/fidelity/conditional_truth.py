"""Are brains to order what was ordered? Slopes of measures with age, sex and head size, and their spread."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import wasserstein_distance

from brainaging.pipeline.stats.bootstrap import group_weights, percentile

#: what a slope is for: ten years at the mean age, F to M, ten per cent of head size
SLOPES = ("decade", "F to M", "10 % of head size")
#: bootstrap draws. Sensitivity: the intervals' ends move by about 3 % of their width from seed to seed
REPLICATES = 500


@dataclass(frozen=True)
class Compared:
    """One figure of generated brains beside the same figure of real people, with 95 % intervals over families.

    Attributes:
        made, real: the figure of both.
        ratio: made / real, or their difference where that is said, with its interval.
    """

    made: float
    real: float
    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class ConditionalTruth:
    """Of one measure: its slopes by :data:`SLOPES`, what they leave, and distances within decades of age.

    Attributes:
        slopes: by what they are for.
        spread: standard deviation of what the model of both leaves.
        distance: mean over decades of the Wasserstein distance from real people of that decade, in standard
            deviations of what the model leaves of real people.
        floor: the same of other real people, as many.
    """

    slopes: Mapping[str, Compared]
    spread: Compared
    distance: float
    floor: float


def conditional_design(covariates: np.ndarray) -> np.ndarray:
    """Return the columns (n, 5) of age, sex and head size (n, 3): constant, decades, their square, sex, log size.

    Decades are counted from the mean age, sizes in tenths of their logarithm (by 1.1), so that coefficients are
    :data:`SLOPES`.
    """
    age, male, size = covariates.T
    decades = (age - age.mean()) / 10
    bend = decades**2 - np.square(decades).mean()
    log_size = np.log(size)
    columns = [np.ones(len(age)), decades, bend, male - 0.5, (log_size - log_size.mean()) / np.log(1.1)]
    return np.stack(columns, axis=1)


def conditional_truth(
    made: np.ndarray, real: np.ndarray, other: np.ndarray, covariates: np.ndarray, groups: np.ndarray, seed: int
) -> ConditionalTruth:
    """Compare a measure of brains made for real people's covariates with the measure of these people.

    Made and real brains have the same age, sex and head size, one by one, so that the same families are drawn of
    both and what the covariates' own distribution does to a slope cancels.

    Args:
        made: (n,) the measure of brains made for the covariates.
        real: (n,) of real people with these covariates, who taught the generator nothing.
        other: (m, 4) the measure, age, sex and head size of other real people: the floor of distances.
        covariates: (n, 3) years, 0 or 1, mL.
        groups: (n,) families.
        seed: of the bootstrap.
    """
    x = conditional_design(covariates)
    both = np.stack([made, real], axis=1)
    value, left = _fitted(x, both, np.ones(len(x)))
    draws = [_fitted(x, both, weight) for weight in group_weights(groups, seed, REPLICATES)]
    columns = dict(zip(SLOPES, (1, 3, 4), strict=True))
    slopes = {
        name: _compared(value[column], np.array([draw[0][column] for draw in draws]))
        for name, column in columns.items()
    }
    spread = _compared(left, np.array([draw[1] for draw in draws]))
    decade = covariates[:, 0] // 10
    distance = _within_decades(made, decade, real, decade) / left[1]
    floor = _within_decades(other[:, 0], other[:, 1] // 10, real, decade) / left[1]
    return ConditionalTruth(slopes, spread, distance, floor)


def _fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (q, k) of columns y (n, k) on x (n, q), and the SD (k,) of what they leave."""
    root = np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(x * root, y * root, rcond=None)[0]
    left = np.square((y - x @ slopes) * root).sum(axis=0)
    return slopes, np.sqrt(left / max(weight.sum() - x.shape[1], 1.0))


def _compared(pair: np.ndarray, draws: np.ndarray) -> Compared:
    """Return two figures (2,) and their ratio with its interval, of draws (b, 2)."""
    # what people do not have, nothing has a ratio to
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, drawn = pair[0] / pair[1], draws[:, 0] / draws[:, 1]
    return Compared(float(pair[0]), float(pair[1]), float(ratio), *percentile(drawn))


def _within_decades(sample: np.ndarray, decade: np.ndarray, real: np.ndarray, real_decade: np.ndarray) -> float:
    """Return the mean Wasserstein distance over the real people, each of those of their decade."""
    total, count = 0.0, 0
    for each in np.unique(real_decade):
        those, these = sample[decade == each], real[real_decade == each]
        if len(those) and len(these):
            total += len(these) * wasserstein_distance(those, these)
            count += len(these)
    return total / count if count else float("nan")
