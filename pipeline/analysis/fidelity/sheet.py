"""Every figure of one generator, as rows of the results table: fidelity, diversity, privacy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import wasserstein_distance
from sklearn.metrics import roc_auc_score

from brainaging.pipeline.analysis.fidelity.coverage import coverage
from brainaging.pipeline.analysis.fidelity.distances import distance_to_real, frechet_distance, mmd
from brainaging.pipeline.analysis.fidelity.diversity import (
    head_sizes,
    pair_similarity,
    spread_ratio,
    variance_ratio,
)
from brainaging.pipeline.analysis.fidelity.features import FeatureSpace
from brainaging.pipeline.analysis.fidelity.judge import real_or_fake
from brainaging.pipeline.analysis.fidelity.memorisation import memorisation
from brainaging.pipeline.analysis.fidelity.tissue import tissue_volumes
from brainaging.pipeline.analysis.results import Result
from brainaging.pipeline.runtime import generator
from brainaging.transforms import GridSpec

FLOOR = "real-real floor"
FRESH = "fresh scans"
DRAWS = 50


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
    """Return one row a figure, each beside what real brains give.

    Distances stand beside the floor at the same n, whose range over random halves of the real brains is the row's
    interval; ``…_ratio`` is their ratio.

    Args:
        name: of the generator.
        samples: made, training and fresh brains.
        spaces: named feature spaces, at least one.
        cohort: name of the scans' cohort.
        seed: of pairs, draws and folds.
    """
    blank = Result("fidelity", cohort, "t1w", "voxels", "image", name, "fresh", "", float("nan"))
    blank = replace(blank, n_train=len(samples.train), n_test=len(samples.fresh), seed=seed)
    rows = _diversity(blank, samples) + _tissues(blank, samples) + _privacy(blank, samples)
    for space in spaces:
        rows += _distances(replace(blank, features=space.name), samples, space)
    judged = real_or_fake(samples.fresh, samples.fake, samples.mask, seed)
    made = judged.classes.index("fake")
    auc = float(roc_auc_score(judged.truth == made, judged.score[:, made]))
    return [*rows, replace(blank, metric="judge_auc", value=auc, baseline="fooled judge", baseline_value=0.5)]


def _diversity(blank: Result, samples: Samples) -> list[Result]:
    rng = generator(blank.seed, "pairs")
    fake, real = (pair_similarity(volumes, samples.mask, rng) for volumes in (samples.fake, samples.fresh))
    heads, real_heads = (head_sizes(volumes, samples.grid.spacing) for volumes in (samples.fake, samples.fresh))
    beside = replace(blank, baseline=FRESH)
    error = 1.96 * fake.error
    return [
        replace(
            beside,
            metric=f"pair_{fake.measure}",
            value=fake.mean,
            ci_low=fake.mean - error,
            ci_high=fake.mean + error,
            baseline_value=real.mean,
        ),
        replace(
            beside,
            metric="variance_ratio",
            value=variance_ratio(samples.fake, samples.fresh, samples.mask),
            baseline_value=1.0,
        ),
        replace(
            beside,
            features="head_size",
            metric="sd_ratio",
            value=spread_ratio(heads, real_heads),
            baseline_value=1.0,
        ),
        replace(
            beside,
            features="head_size",
            metric="mean_ratio",
            value=float(heads.mean() / real_heads.mean()),
            baseline_value=1.0,
        ),
    ]


def _tissues(blank: Result, samples: Samples) -> list[Result]:
    fake, train, fresh = (
        tissue_volumes(volumes, samples.grid) for volumes in (samples.fake, samples.train, samples.fresh)
    )
    rng = generator(blank.seed, "tissues")
    rows = []
    for tissue, made in fake.items():
        real = np.concatenate([train[tissue], fresh[tissue]])
        n = min(len(made), len(fresh[tissue]), len(real) // 2)
        values, floors = np.empty(DRAWS), np.empty(DRAWS)
        for draw in range(DRAWS):
            order = rng.permutation(len(real))
            floors[draw] = wasserstein_distance(real[order[:n]], real[order[n : 2 * n]])
            values[draw] = wasserstein_distance(
                rng.choice(made, n, replace=False), rng.choice(fresh[tissue], n, replace=False)
            )
        low, high = np.percentile(floors, [2.5, 97.5])
        row = replace(blank, features=tissue, baseline=FLOOR, baseline_value=float(floors.mean()))
        value = float(values.mean())
        rows += [
            replace(row, metric="wasserstein_ml", value=value),
            replace(
                row,
                metric="wasserstein_ratio",
                value=value / float(floors.mean()),
                ci_low=low / floors.mean(),
                ci_high=high / floors.mean(),
                baseline_value=1.0,
            ),
        ]
    return rows


def _distances(blank: Result, samples: Samples, space: FeatureSpace) -> list[Result]:
    fake, train, fresh = (space(volumes) for volumes in (samples.fake, samples.train, samples.fresh))
    rng = generator(blank.seed, "distances")
    rows = []
    for name, measure in (("frechet", frechet_distance), ("mmd", mmd)):
        found = distance_to_real(measure, fake, train, fresh, rng, DRAWS if name == "frechet" else 5)
        row = replace(blank, baseline=FLOOR, baseline_value=found.floor)
        rows.append(replace(row, metric=name, value=found.value, ci_low=found.floor_low, ci_high=found.floor_high))
        if name == "frechet":  # an unbiased MMD has a floor around 0, to which there is no ratio
            rows.append(replace(row, metric=f"{name}_ratio", value=found.ratio, baseline_value=1.0))
    n = min(len(fake), len(train), len(fresh))
    made, real = coverage(fake[:n], fresh[:n]), coverage(train[:n], fresh[:n])
    return rows + [
        replace(
            blank,
            metric=metric,
            value=getattr(made, metric),
            baseline="training scans",
            baseline_value=getattr(real, metric),
        )
        for metric in ("precision", "recall", "density", "coverage")
    ]


def _privacy(blank: Result, samples: Samples) -> list[Result]:
    """Measure copies in voxels: in a space fitted to them, training brains lie further out than all others do."""
    fake, train, fresh = (volumes[:, samples.mask] for volumes in (samples.fake, samples.train, samples.fresh))
    copied = memorisation(fake, train, fresh, generator(blank.seed, "memorisation"))
    return [
        replace(
            blank,
            metric="copies",
            value=copied.copies,
            ci_low=copied.copies_low,
            ci_high=copied.copies_high,
            baseline=FRESH,
            baseline_value=0.01,
        ),
        replace(
            blank,
            metric="nearer_to_training",
            value=copied.nearer,
            ci_low=copied.null_low,
            ci_high=copied.null_high,
            baseline="chance",
            baseline_value=0.5,
        ),
    ]
