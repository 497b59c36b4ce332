"""Fluid, grey and white matter in a scan: a Gaussian mixture with partial volume, the template's tissue as prior.

Three pure classes are Gaussians; between neighbours lie mixtures, whose intensity is a share of both with every
share alike probable, convolved with the noise (Santago and Gage 1993, IEEE TMI 12: 566). Priors are the template's
tissue maps carried to the scan, as in unified segmentation (Ashburner and Friston 2005, NeuroImage 26: 839). This
is the referee's own segmenter: what measures brains or edits them has another.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

PRIOR_FLOOR = 0.02
"""Least prior of every class: folds of the scan lie where the template has none. Sensitivity: see
benchmarks/anatomies.py, which prints Dice with FreeSurfer's labels."""
CERTAIN = 0.8
"""Prior of a class above which its start is taken. Sensitivity: only how many rounds are needed."""
ROUNDS = 20
"""Of expectation and maximisation; means then move by less than a thousandth. Sensitivity: none."""
LEAST_SD = 0.03
"""Of a class, white matter being 1: FreeSurfer's brains have one value in most of white matter, and their class
would shrink to it. Sensitivity: none for scans with noise of their own."""
_ROOT_TAU = float(np.sqrt(2 * np.pi))

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TissueClasses:
    """Intensities of fluid, grey and white matter: ``means`` and ``sds``, (3,) each."""

    means: Values
    sds: Values

    def responsibilities(self, intensity: Values, prior: Values) -> tuple[Values, Values]:
        """Return probabilities (3, n) of the pure classes and (2, n) of fluid-grey and grey-white mixtures.

        Args:
            intensity: (n,).
            prior: (3, n) of fluid, grey and white matter, summing to 1.
        """
        spread = (intensity - self.means[:, None]) / self.sds[:, None]
        pure = prior * np.exp(-0.5 * spread**2) / (self.sds[:, None] * _ROOT_TAU)
        noise = float(self.sds.mean())
        low = (intensity - self.means[:-1, None]) / noise
        high = (intensity - self.means[1:, None]) / noise
        flat = (ndtr(low) - ndtr(high)) / np.diff(self.means)[:, None]
        mixed = flat * np.sqrt(prior[:-1] * prior[1:])
        total = pure.sum(axis=0) + mixed.sum(axis=0) + 1e-12
        return pure / total, mixed / total

    def shares(self, intensity: Values, prior: Values) -> tuple[Values, Values]:
        """Return the shares of grey and of white matter, (n,) each, in voxels of an ``intensity`` (n,)."""
        pure, mixed = self.responsibilities(intensity, prior)
        upper = np.clip((intensity - self.means[:-1, None]) / np.diff(self.means)[:, None], 0, 1)
        grey = pure[1] + mixed[0] * upper[0] + mixed[1] * (1 - upper[1])
        return grey, pure[2] + mixed[1] * upper[1]


def floored(prior: Values) -> Values:
    """Return a prior (3, n) with no class ruled out, summing to 1."""
    raised: Values = np.clip(prior, PRIOR_FLOOR, 1.0)
    return raised / raised.sum(axis=0)


def fit_classes(intensity: Values, prior: Values) -> TissueClasses:
    """Fit the classes to voxels' ``intensity`` (n,) by expectation and maximisation, given their ``prior`` (3, n).

    Raises:
        ValueError: no voxel is certain of a class, or fluid, grey and white matter do not follow each other in
            brightness.
    """
    certain = [intensity[values > CERTAIN] for values in prior]
    if not all(values.size for values in certain):
        raise ValueError("expected voxels of fluid, grey and white matter, found none of one of them")
    means = np.array([np.median(values) for values in certain])
    # half the spread: what is certain in the template is not in the scan
    sds = np.array([max(values.std() / 2, LEAST_SD) for values in certain])
    raised = floored(prior)
    for _ in range(ROUNDS):
        if not (np.diff(means) > LEAST_SD).all():
            found = ", ".join(f"{mean:.2f}" for mean in means)
            raise ValueError(f"expected fluid darker than grey and grey than white matter, found {found}")
        weight, _ = TissueClasses(means, sds).responsibilities(intensity, raised)
        means = (weight * intensity).sum(axis=1) / weight.sum(axis=1)
        squares = (weight * (intensity - means[:, None]) ** 2).sum(axis=1)
        # grey and white share a spread: it is the noise's
        tissue = squares[1:].sum() / weight[1:].sum()
        sds = np.maximum(np.sqrt([squares[0] / weight[0].sum(), tissue, tissue]), LEAST_SD)
    return TissueClasses(means, sds)
