"""Every measure of one generator as findings: fidelity, diversity, privacy, each beside what real brains give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.stats import wasserstein_distance

from brainaging.pipeline.measures.fidelity import Distance as DistanceToReal
from brainaging.pipeline.measures.fidelity import (
    FeatureSpace,
    distance_to_real,
    frechet_distance,
    memorisation,
    mmd,
)
from brainaging.pipeline.measures.fidelity.coverage import coverage
from brainaging.pipeline.measures.fidelity.diversity import Similarity, pair_similarity, total_variances
from brainaging.pipeline.measures.fidelity.memorisation import COPY_QUANTILE
from brainaging.pipeline.measures.fidelity.real_or_fake import real_or_fake
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.pipeline.results import Distance, Finding, GeneratorMeasure, measured
from brainaging.pipeline.runtime import generator, subseed
from brainaging.pipeline.stats.bootstrap import group_weights, interval, mean_ratio, percentile
from brainaging.pipeline.stats.scores import auc
from brainaging.transforms import GridSpec

#: random draws of a distance, and bootstrap draws of the other measures: their intervals' ends move by a few per
#: cent of their width from seed to seed
DRAWS, DRAWS_OF_MMD, REPLICATES = 50, 20, 500
#: pairs whose similarity is averaged: a standard error of about 0.005 where that of one pair is 0.07
PAIRS = 200
#: similarity of pairs by what measures it
_PAIRS = {"ssim": "pair_ssim", "ms_ssim": "pair_ms_ssim"}


@dataclass(frozen=True)
class RealBrains:
    """What generators are compared with; every measure of it is taken once for all of them.

    Attributes:
        learned: (n, X, Y, Z) scans that the generators learned from.
        fresh: (m, X, Y, Z) scans that nothing was fitted to; under 500 of them a distance says little.
        mask: (X, Y, Z) bool.
        grid: of all of them.
        spaces: where distributions are compared, at least one.
    """

    learned: np.ndarray
    fresh: np.ndarray
    mask: np.ndarray
    grid: GridSpec
    spaces: Sequence[FeatureSpace]

    @cached_property
    def tissues(self) -> tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]:
        """Tissue volumes (n,) and (m,) by tissue, mL."""
        return tissue_volumes(self.learned, self.grid), tissue_volumes(self.fresh, self.grid)

    @cached_property
    def features(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Features (n, d) and (m, d), a space each."""
        return [(space(self.learned), space(self.fresh)) for space in self.spaces]

    @cached_property
    def _similarities(self) -> list[Similarity]:
        return []

    @cached_property
    def head_sizes(self) -> np.ndarray:
        """Of fresh scans (m,), mL."""
        return head_sizes(self.fresh, self.grid.spacing)

    def similarity(self, rng: np.random.Generator) -> Similarity:
        """Return how alike pairs of fresh scans are; the first call's pairs count."""
        if not self._similarities:
            self._similarities.append(pair_similarity(self.fresh, self.mask, rng, PAIRS))
        return self._similarities[0]


def fidelity_findings(
    name: str, synthetic: np.ndarray, real: RealBrains, cohort: str, seed: int, experiment: str = "fidelity"
) -> list[Finding]:
    """Return every measure of a generator with its interval, each beside what real brains give.

    Distances stand beside their floor at the same n. Their intervals are over random draws of equal size, that of
    copies is Wilson's, all others are bootstrapped, synthetic and fresh brains each by themselves. The
    real-or-fake classifier learns and is tested in folds of fresh people and of brains: it never saw the people
    that the generator learned from.

    Args:
        name: of the generator.
        synthetic: (k, X, Y, Z) its brains.
        real: what they are compared with.
        cohort: name of the scans' cohort.
        seed: of pairs, draws and folds.
        experiment: that they are findings of.
    """
    common = {
        "experiment": experiment,
        "cohort": cohort,
        "model": name,
        "n_train": len(real.learned),
        "n_test": len(real.fresh),
        "seed": seed,
    }
    return [
        *_diversity(common, synthetic, real),
        *_tissues(common, synthetic, real),
        *_privacy(common, synthetic, real),
        *(
            finding
            for space, features in zip(real.spaces, real.features, strict=True)
            for finding in _distances(
                {**common, "features": space.name, "codes": space.codes}, space(synthetic), *features
            )
        ),
        _real_or_fake(common, synthetic, real),
    ]


def _real_or_fake(common: Mapping[str, Any], synthetic: np.ndarray, real: RealBrains) -> Finding:
    predictions = real_or_fake(real.fresh, synthetic, real.mask, common["seed"])
    score = interval(auc, predictions, np.arange(len(predictions)), common["seed"])
    return GeneratorMeasure(**common, features="voxels", **measured("real_or_fake_auc", score, "chance", 0.5))


def _weights(seed: int, synthetic: int, fresh: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (1 + b, k) and (1 + b, m) bootstrap weights of both samples; the first row is the sample itself."""
    # streams keep the names that they had when the tables were first made
    pairs = (("made", synthetic), ("fresh", fresh))
    drawn = [group_weights(np.arange(count), subseed(seed, stream), REPLICATES) for stream, count in pairs]
    both = [np.concatenate([np.ones((1, weights.shape[1])), weights]) for weights in drawn]
    return both[0], both[1]


def _diversity(common: Mapping[str, Any], synthetic: np.ndarray, real: RealBrains) -> list[Finding]:
    rng = generator(common["seed"], "pairs")
    similarity = pair_similarity(synthetic, real.mask, rng, PAIRS)
    mean, error = similarity.mean, 1.96 * similarity.error
    findings: list[Finding] = [
        GeneratorMeasure(
            **common,
            features="voxels",
            **measured(
                _PAIRS[similarity.measure],
                (mean, mean - error, mean + error),
                "fresh_scans",
                real.similarity(rng).mean,
            ),
        )
    ]
    weights = _weights(common["seed"], len(synthetic), len(real.fresh))
    spread = [
        total_variances(volumes, real.mask, drawn)
        for volumes, drawn in zip((synthetic, real.fresh), weights, strict=True)
    ]
    sizes = head_sizes(synthetic, real.grid.spacing), real.head_sizes
    moments = [_moments(size, drawn) for size, drawn in zip(sizes, weights, strict=True)]
    for features, metric, ratios in (
        ("voxels", "variance_ratio", spread[0] / spread[1]),
        ("head_size", "sd_ratio", moments[0][1] / moments[1][1]),
        ("head_size", "mean_ratio", moments[0][0] / moments[1][0]),
    ):
        estimate = (float(ratios[0]), *percentile(ratios[1:]))
        findings.append(
            GeneratorMeasure(**common, features=features, **measured(metric, estimate, "fresh_scans", 1.0))
        )
    return findings


def _moments(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard deviations (b,) of values (n,) by rows of weights (b, n)."""
    n = len(values)
    mean = weights @ values / n
    return mean, np.sqrt(np.maximum(weights @ values**2 / n - mean**2, 0.0) * n / (n - 1))


def _tissues(common: Mapping[str, Any], synthetic: np.ndarray, real: RealBrains) -> list[Finding]:
    learned, fresh = real.tissues
    rng = generator(common["seed"], "tissues")
    findings: list[Finding] = []
    for tissue, values in tissue_volumes(synthetic, real.grid).items():
        brains, scans, others = (sample[:, None] for sample in (values, learned[tissue], fresh[tissue]))
        distance = distance_to_real(_wasserstein, brains, scans, others, rng, DRAWS)
        findings.append(_beside_floor({**common, "features": tissue}, "wasserstein_ml", distance))
    return findings


def _wasserstein(first: np.ndarray, second: np.ndarray) -> float:
    return float(wasserstein_distance(first[:, 0], second[:, 0]))


def _distances(
    common: Mapping[str, Any], synthetic: np.ndarray, learned: np.ndarray, fresh: np.ndarray
) -> list[Finding]:
    """Return distances and coverage in one space, from features (k, d), (n, d) and (m, d)."""
    rng = generator(common["seed"], "distances")
    findings: list[Finding] = [
        _beside_floor(common, metric, distance_to_real(measure, synthetic, learned, fresh, rng, draws))
        for metric, measure, draws in (("frechet", frechet_distance, DRAWS), ("mmd", mmd, DRAWS_OF_MMD))
    ]
    n = min(len(synthetic), len(learned), len(fresh))
    covered, usual = coverage(synthetic[:n], fresh[:n]), coverage(learned[:n], fresh[:n])
    for metric, members in covered.members.items():
        share = mean_ratio(members, 1.0, np.arange(n), common["seed"], REPLICATES)
        findings.append(
            GeneratorMeasure(**common, **measured(metric, share, "training_scans", getattr(usual, metric)))
        )
    return findings


def _beside_floor(common: Mapping[str, Any], metric: str, distance: DistanceToReal) -> Finding:
    return Distance(
        **common,
        **measured(metric, (distance.value, distance.low, distance.high), "real_real_floor", distance.floor),
        baseline_low=distance.floor_low,
        baseline_high=distance.floor_high,
    )


def _privacy(common: Mapping[str, Any], synthetic: np.ndarray, real: RealBrains) -> list[Finding]:
    """Count copies in voxels: in a space fitted to them, training brains lie further out than all others do.

    Brains that are smoother than scans lie nearer to every scan, so the same is counted of fresh people, as if
    they had been learned from: nobody can have copied these.
    """
    brains, learned, fresh = (volumes[:, real.mask] for volumes in (synthetic, real.learned, real.fresh))
    privacy = memorisation(brains, learned, fresh, generator(common["seed"], "memorisation"))
    copies = privacy.copies, privacy.copies_low, privacy.copies_high
    nearer = privacy.nearer, privacy.nearer_low, privacy.nearer_high
    members = generator(common["seed"], "as many members").permutation(len(learned))[: len(fresh)]
    never = memorisation(brains, fresh, learned[members], generator(common["seed"], "memorisation of fresh"))
    unlearned = never.copies, never.copies_low, never.copies_high
    by_chance = (privacy.null_low + privacy.null_high) / 2
    return [
        GeneratorMeasure(**common, features="voxels", **fields)
        for fields in (
            measured("copies", copies, "fresh_scans", COPY_QUANTILE),
            measured("copies_of_fresh", unlearned, "fresh_scans", COPY_QUANTILE),
            measured("nearer_to_training", nearer, "chance", by_chance),
        )
    ]
