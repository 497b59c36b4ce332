"""Volumes that a linear reader sees in brains: known volumes of other people, regressed on their voxels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold

from brainaging.pipeline.measures.fidelity.conditional_truth import conditional_design
from brainaging.pipeline.runtime import UserError

#: penalties that are tried, chosen by families left out. Sensitivity (250 people at 6 mm): from 0.1 to 1 errors
#: differ by at most 4 %, at 10 by up to 37 %
PENALTIES = tuple(10.0**power for power in range(-1, 7))
#: folds of families that choose, at most
FOLDS = 5
#: people below which no reader is fitted
FEWEST = 20


@dataclass(frozen=True)
class VolumeReader:
    """A ridge regression of volumes on voxels, fitted to people whose volumes are known.

    K-means of a scan's intensities hangs on how sharp its edges are, and brains of a generator are less sharp than
    scans: at 6 mm, warping a scan there and back changes what it says. A regression on all voxels sees
    where tissue stands. How right it is on people that it did not learn from is part of what it says.

    Attributes:
        names: of the volumes.
        mask: (X, Y, Z) bool, the voxels that are read.
        fitted: a regression for each volume.
    """

    names: tuple[str, ...]
    mask: np.ndarray
    fitted: tuple[RidgeCV, ...]

    @classmethod
    def fit(
        cls, volumes: np.ndarray, known: Mapping[str, np.ndarray], groups: np.ndarray, mask: np.ndarray
    ) -> "VolumeReader":
        """Fit to scans (n, X, Y, Z) of people with known volumes (n,) by name, mL, and families ``groups`` (n,).

        Raises:
            UserError: fewer than 20 people, or people of one family.
        """
        families = len(np.unique(groups))
        if len(volumes) < FEWEST:
            raise UserError(f"a reader of volumes: expected at least {FEWEST} people, found {len(volumes)}")
        if families < 2:
            raise UserError("a reader of volumes: expected people of at least two families, found one")
        voxels = volumes[:, mask]
        folds = list(GroupKFold(min(FOLDS, families)).split(voxels, groups=groups))
        ridges = [
            RidgeCV(PENALTIES, cv=folds, scoring="neg_mean_squared_error").fit(voxels, values)
            for values in known.values()
        ]
        return cls(tuple(known), mask, tuple(ridges))

    def read(self, volumes: np.ndarray) -> dict[str, np.ndarray]:
        """Return volumes (m,) by name, mL, of brains (m, X, Y, Z)."""
        voxels = volumes[:, self.mask]
        return {name: ridge.predict(voxels) for name, ridge in zip(self.names, self.fitted, strict=True)}


def held_correlation(seen: np.ndarray, truth: np.ndarray, covariates: np.ndarray) -> float:
    """Return how what an instrument sees (n,) goes with the truth (n,) at equal age, sex and head size (n, 3).

    The partial correlation: what covariates alone would foretell counts nothing.
    """
    x = conditional_design(covariates)
    left = [values - x @ np.linalg.lstsq(x, values, rcond=None)[0] for values in (seen, truth)]
    return float(np.corrcoef(*left)[0, 1])
