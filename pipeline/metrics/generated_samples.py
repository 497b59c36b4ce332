"""Ignite metrics of generated brains and scans, for any engine whose output holds both."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from ignite.metrics import Metric
from torch import Tensor

from brainaging.pipeline.engines import gathered, stacked
from brainaging.pipeline.measures.fidelity.distances import frechet_distance, mmd
from brainaging.pipeline.measures.fidelity.diversity import pair_similarity, variance_ratio
from brainaging.pipeline.measures.fidelity.feature_spaces import FeatureSpace
from brainaging.pipeline.runtime import UserError

#: pairs that a mean similarity is taken over: its standard error is 7 % of the deviation between pairs
PAIRS = 200


class SampleMetric(Metric):
    """A number that compares a whole sample of generated brains with a sample of scans.

    The engine's output must be, or become by ``output_transform``, a pair of batches (generated, scans), each
    ``(B, 1, X, Y, Z)`` or a list of decollated items ``(1, X, Y, Z)``. Both are kept until the epoch's end,
    of every process: distances between distributions are no means over batches.

    Args:
        output_transform: from the engine's output to the pair.
        device: Ignite's; volumes are kept on the CPU.
    """

    def __init__(
        self, output_transform: Callable[[Any], Any] = lambda x: x, device: str | torch.device = "cpu"
    ) -> None:
        super().__init__(output_transform, device)

    def reset(self) -> None:
        """Forget both samples."""
        self._generated: list[Tensor] = []
        self._scans: list[Tensor] = []

    def update(self, output: Any) -> None:
        """Keep a batch of each."""
        generated, scans = (stacked(volumes).detach().float().cpu() for volumes in output)
        self._generated.append(generated[:, 0])
        self._scans.append(scans[:, 0])

    def compute(self) -> float:
        """Return the number.

        Raises:
            UserError: fewer than two brains in either sample.
        """
        generated, scans = (gathered(parts) for parts in (self._generated, self._scans))
        if min(len(generated), len(scans)) < 2:
            raise UserError(
                f"{type(self).__name__}: expected 2 generated and 2 real brains, "
                f"got {len(generated)}, {len(scans)}"
            )
        return float(self.compare(generated, scans))

    @abstractmethod
    def compare(self, generated: np.ndarray, scans: np.ndarray) -> float:
        """Return the number for generated brains (k, X, Y, Z) and scans (n, X, Y, Z)."""


class InSpace(SampleMetric):
    """A metric of features: volumes go through ``space`` first.

    Args:
        space: a named feature space.
        output_transform, device: as :class:`SampleMetric`.
    """

    def __init__(self, space: FeatureSpace, **options: Any) -> None:
        super().__init__(**options)
        self.space = space


class FrechetDistance(InSpace):
    """Fréchet distance in a feature space (:func:`frechet_distance`)."""

    def compare(self, generated: np.ndarray, scans: np.ndarray) -> float:
        """Return the distance."""
        return frechet_distance(self.space(generated), self.space(scans))


class MaximumMeanDiscrepancy(InSpace):
    """Unbiased squared maximum mean discrepancy in a feature space (:func:`mmd`)."""

    def compare(self, generated: np.ndarray, scans: np.ndarray) -> float:
        """Return the discrepancy."""
        return mmd(self.space(generated), self.space(scans))


class InMask(SampleMetric):
    """A metric of the voxels of a mask.

    Args:
        mask: bool (X, Y, Z).
        output_transform, device: as :class:`SampleMetric`.
    """

    def __init__(self, mask: np.ndarray, **options: Any) -> None:
        super().__init__(**options)
        self.mask = np.asarray(mask, dtype=bool)


class PairSimilarityGap(InMask):
    """Similarity of pairs of generated brains less that of scans (:func:`pair_similarity`): above 0, too alike."""

    def compare(self, generated: np.ndarray, scans: np.ndarray) -> float:
        """Return the gap, over the same draw of pairs every time."""
        of_generated, of_scans = (
            pair_similarity(volumes, self.mask, np.random.default_rng(0), PAIRS).mean
            for volumes in (generated, scans)
        )
        return of_generated - of_scans


class VarianceRatio(InMask):
    """Voxel variance of generated brains by that of scans (:func:`variance_ratio`)."""

    def compare(self, generated: np.ndarray, scans: np.ndarray) -> float:
        """Return the ratio."""
        return variance_ratio(generated, scans, self.mask)
