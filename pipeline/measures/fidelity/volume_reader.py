"""Volumes that a linear reader sees in brains: known volumes of other people, regressed on their voxels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import RidgeCV

from brainaging.pipeline.measures.fidelity.conditional_truth import conditional_design
from brainaging.pipeline.runtime import UserError

#: penalties that are tried, chosen by people left out. Sensitivity: neighbours differ by a factor of 10
PENALTIES = tuple(10.0**power for power in range(-1, 7))
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
        fitted: the regression.
    """

    names: tuple[str, ...]
    mask: np.ndarray
    fitted: RidgeCV

    @classmethod
    def fit(cls, volumes: np.ndarray, known: Mapping[str, np.ndarray], mask: np.ndarray) -> "VolumeReader":
        """Fit to scans (n, X, Y, Z) of people with known volumes (n,) by name, mL.

        Raises:
            UserError: fewer than 20 people.
        """
        if len(volumes) < FEWEST:
            raise UserError(f"a reader of volumes: expected at least {FEWEST} people, found {len(volumes)}")
        # the best penalty by leaving one person out, each volume its own
        ridge = RidgeCV(PENALTIES, alpha_per_target=True)
        return cls(tuple(known), mask, ridge.fit(volumes[:, mask], np.stack(list(known.values()), axis=1)))

    def read(self, volumes: np.ndarray) -> dict[str, np.ndarray]:
        """Return volumes (m,) by name, mL, of brains (m, X, Y, Z)."""
        seen = self.fitted.predict(volumes[:, self.mask])
        return dict(zip(self.names, seen.T, strict=True))


def held_correlation(seen: np.ndarray, truth: np.ndarray, covariates: np.ndarray) -> float:
    """Return how what an instrument sees (n,) goes with the truth (n,) at equal age, sex and head size (n, 3).

    The partial correlation: what covariates alone would foretell counts nothing.
    """
    x = conditional_design(covariates)
    left = [values - x @ np.linalg.lstsq(x, values, rcond=None)[0] for values in (seen, truth)]
    return float(np.corrcoef(*left)[0, 1])
