"""Every figure of one generator, as rows of the results table: fidelity, diversity, privacy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import wasserstein_distance

from brainaging.pipeline.measures.fidelity.coverage import coverage
from brainaging.pipeline.measures.fidelity.distances import Distance, distance_to_real, frechet_distance, mmd
from brainaging.pipeline.measures.fidelity.diversity import pair_similarity, total_variances
from brainaging.pipeline.measures.fidelity.feature_spaces import FeatureSpace
from brainaging.pipeline.measures.fidelity.memorisation import COPY_QUANTILE, memorisation
from brainaging.pipeline.measures.fidelity.real_or_fake import real_or_fake
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.runtime import generator, subseed
from brainaging.pipeline.stats.bootstrap import group_weights, interval, mean_ratio, percentile
from brainaging.pipeline.stats.scores import auc
from brainaging.transforms import GridSpec

FLOOR = "real-real floor"
FRESH = "fresh scans"
DRAWS, DRAWS_OF_MMD, REPLICATES = 50, 20, 500


@dataclass(frozen=True)
class Samples:
    """What a generator is judged by.

    Attributes:
        fake: (k, X, Y, Z) made brains.
        train: (n, X, Y, Z) scans that the generator learned from.
        fresh: (m, X, Y, Z) scans that nothing was fitted to; under 500 of them a distance says little.
        mask: (X, Y, Z) bool.
        grid: of all of them.
    """

    fake: np.ndarray
    train: np.ndarray
    fresh: np.ndarray
    mask: np.ndarray
    grid: GridSpec


def fidelity_rows(
    name: str, samples: Samples, spaces: Sequence[FeatureSpace], cohort: str, seed: int
) -> list[Result]:
    """Return one row a figure with its interval, each beside what real brains give.

    Distances stand beside the floor at the same n; ``…_ratio`` is their ratio, ``…_floor`` the floor with its
    range over random halves of the real brains. Their intervals are over random draws of equal size, that of
    copies is Wilson's, all others are bootstrapped, made and fresh brains each by themselves.

    Args:
        name: of the generator.
        samples: made, training and fresh brains.
        spaces: named feature spaces, at least one.
        cohort: name of the scans' cohort.
        seed: of pairs, draws and folds.
    """
    blank = Result("fidelity", cohort, "T1w", "voxels", "image", name, "fresh", "", float("nan"))
    blank = replace(blank, n_train=len(samples.train), n_test=len(samples.fresh), seed=seed)
    rows = _diversity(blank, samples) + _tissues(blank, samples) + _privacy(blank, samples)
    for space in spaces:
        rows += _distances(replace(blank, features=space.name), samples, space)
    return [*rows, _judged(blank, samples)]


def _judged(blank: Result, samples: Samples) -> Result:
    pred = real_or_fake(samples.fresh, samples.fake, samples.mask, blank.seed)
    value, low, high = interval(auc, pred, np.arange(len(pred)), blank.seed)
    row = replace(blank, metric="judge_auc", value=value, ci_low=low, ci_high=high)
    return replace(row, baseline="fooled judge", baseline_value=0.5)


def _weights(blank: Result, samples: Samples) -> tuple[np.ndarray, np.ndarray]:
    """Return (1 + b, k) and (1 + b, m) bootstrap weights of made and fresh brains; the first row is the sample."""
    found = []
    for name, volumes in (("made", samples.fake), ("fresh", samples.fresh)):
        drawn = group_weights(np.arange(len(volumes)), subseed(blank.seed, name), REPLICATES)
        found.append(np.concatenate([np.ones((1, len(volumes))), drawn]))
    return found[0], found[1]


def _diversity(blank: Result, samples: Samples) -> list[Result]:
    rng = generator(blank.seed, "pairs")
    fake, real = (pair_similarity(volumes, samples.mask, rng) for volumes in (samples.fake, samples.fresh))
    error = 1.96 * fake.error
    beside = replace(blank, baseline=FRESH)
    alike = replace(beside, metric=f"pair_{fake.measure}", value=fake.mean, baseline_value=real.mean)
    pairs = list(zip((samples.fake, samples.fresh), _weights(blank, samples), strict=True))
    spread = [total_variances(volumes, samples.mask, weights) for volumes, weights in pairs]
    moments = [_moments(head_sizes(v, samples.grid.spacing), weights) for v, weights in pairs]
    rows = [replace(alike, ci_low=fake.mean - error, ci_high=fake.mean + error)]
    for features, metric, ratios in (
        ("voxels", "variance_ratio", spread[0] / spread[1]),
        ("head_size", "sd_ratio", moments[0][1] / moments[1][1]),
        ("head_size", "mean_ratio", moments[0][0] / moments[1][0]),
    ):
        value, low, high = _of_draws(ratios)
        row = replace(beside, features=features, metric=metric, value=value, ci_low=low, ci_high=high)
        rows.append(replace(row, baseline_value=1.0))
    return rows


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard deviations (b,) of values (n,) by rows of weights (b, n)."""
    n = len(values)
    mean = weights @ values / n
    return mean, np.sqrt(np.maximum(weights @ values**2 / n - mean**2, 0.0) * n / (n - 1))


def _of_draws(found: np.ndarray) -> tuple[float, float, float]:
    """Return (value, low, high) of a statistic (1 + b,) whose first entry is the sample's own."""
    return float(found[0]), *percentile(found[1:])


def _tissues(blank: Result, samples: Samples) -> list[Result]:
    made, train, fresh = (
        tissue_volumes(volumes, samples.grid) for volumes in (samples.fake, samples.train, samples.fresh)
    )
    rng = generator(blank.seed, "tissues")
    rows = []
    for tissue, values in made.items():
        fake, learned, real = (sample[:, None] for sample in (values, train[tissue], fresh[tissue]))
        found = distance_to_real(_apart, fake, learned, real, rng, DRAWS)
        rows += _beside_floor(replace(blank, features=tissue), "wasserstein_ml", "wasserstein_ratio", found)
    return rows


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(wasserstein_distance(one[:, 0], other[:, 0]))


def _distances(blank: Result, samples: Samples, space: FeatureSpace) -> list[Result]:
    fake, train, fresh = (space(volumes) for volumes in (samples.fake, samples.train, samples.fresh))
    rng = generator(blank.seed, "distances")
    found = distance_to_real(frechet_distance, fake, train, fresh, rng, DRAWS)
    rows = _beside_floor(blank, "frechet", "frechet_ratio", found)
    # an unbiased MMD has a floor around 0, to which there is no ratio
    rows += _beside_floor(blank, "mmd", None, distance_to_real(mmd, fake, train, fresh, rng, DRAWS_OF_MMD))
    n = min(len(fake), len(train), len(fresh))
    made, real = coverage(fake[:n], fresh[:n]), coverage(train[:n], fresh[:n])
    for metric, values in made.members.items():
        value, low, high = mean_ratio(values, 1.0, np.arange(n), blank.seed, REPLICATES)
        row = replace(blank, metric=metric, value=value, ci_low=low, ci_high=high, baseline="training scans")
        rows.append(replace(row, baseline_value=getattr(real, metric)))
    return rows


def _beside_floor(blank: Result, metric: str, ratio: str | None, found: Distance) -> list[Result]:
    row = replace(blank, baseline=FLOOR, baseline_value=found.floor)
    floor = replace(row, metric=f"{metric}_floor", value=found.floor)
    rows = [
        replace(row, metric=metric, value=found.value, ci_low=found.low, ci_high=found.high),
        replace(floor, ci_low=found.floor_low, ci_high=found.floor_high),
    ]
    if ratio is not None and found.floor > 0:
        row = replace(row, metric=ratio, value=found.ratio, baseline_value=1.0)
        rows.append(replace(row, ci_low=found.low / found.floor, ci_high=found.high / found.floor))
    return rows


def _privacy(blank: Result, samples: Samples) -> list[Result]:
    """Measure copies in voxels: in a space fitted to them, training brains lie further out than all others do."""
    fake, train, fresh = (volumes[:, samples.mask] for volumes in (samples.fake, samples.train, samples.fresh))
    found = memorisation(fake, train, fresh, generator(blank.seed, "memorisation"))
    copies = replace(
        blank, metric="copies", value=found.copies, ci_low=found.copies_low, ci_high=found.copies_high
    )
    row = replace(blank, baseline="chance", baseline_value=0.5)
    null = replace(row, metric="nearer_to_training_by_chance", value=(found.null_low + found.null_high) / 2)
    return [
        replace(copies, baseline=FRESH, baseline_value=COPY_QUANTILE),
        replace(
            row,
            metric="nearer_to_training",
            value=found.nearer,
            ci_low=found.nearer_low,
            ci_high=found.nearer_high,
        ),
        replace(null, ci_low=found.null_low, ci_high=found.null_high),
    ]
