"""One interface for whatever edits a scan, and the controls that every edit must beat."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates, Design
from brainaging.pipeline.counterfactual.shrunk_effects import least_squares
from brainaging.transforms import GridSpec, head_size_ml, origin_voxel, scale_head


class Method(Protocol):
    """Whatever says how a scan changes.

    ``changes`` names the covariates that it can change; it is asked for no others.
    """

    name: str
    changes: tuple[str, ...]

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans (n, X, Y, Z) from covariates ``before`` to ``after``."""


@dataclass
class Nothing:
    """No change at all."""

    name: str = "nothing"
    changes: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return zeros (n, X, Y, Z)."""
        return np.zeros_like(volumes)


@dataclass
class VoxelRegression:
    """Every voxel's own regression on the covariates.

    Attributes:
        design: of the covariates.
        maps: (q, X, Y, Z) coefficients.
    """

    design: Design
    maps: np.ndarray
    name: str = "voxel_regression"
    changes: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def fit(cls, volumes: np.ndarray, people: Covariates) -> "VoxelRegression":
        """Fit to training scans (n, X, Y, Z)."""
        design = Design.of(people)
        found = least_squares(volumes.reshape(len(volumes), -1), design.matrix(people))
        return cls(design, found.reshape(-1, *volumes.shape[1:]))

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z); they do not depend on the scans."""
        steps = self.design.change(before, after).astype(np.float32)
        changed: np.ndarray = np.tensordot(steps, self.maps, 1)
        return changed


@dataclass
class RescaledHead:
    """The head scaled as a whole, as far as tissue volume follows the covariates, and nothing else.

    Attributes:
        grid: of the scans.
        design: of the covariates.
        slopes: (q,) of log tissue volume on the design.
    """

    grid: GridSpec
    design: Design
    slopes: np.ndarray
    name: str = "rescaled_head"
    changes: tuple[str, ...] = field(default=(AGE, SEX, HEAD_SIZE))

    @classmethod
    def fit(cls, volumes: np.ndarray, grid: GridSpec, people: Covariates) -> "RescaledHead":
        """Fit to training scans (n, X, Y, Z)."""
        design = Design.of(people)
        size = np.log([head_size_ml(volume, grid.spacing) for volume in volumes])
        return cls(grid, design, least_squares(size[:, None], design.matrix(people))[:, 0])

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z)."""
        scales = np.exp(self.design.change(before, after) @ self.slopes / 3)
        origin = origin_voxel(self.grid)
        pairs = zip(volumes, scales, strict=True)
        return np.stack([scale_head(volume, float(scale), origin) - volume for volume, scale in pairs])


@dataclass
class FixedMap:
    """One map for everybody; with the mean true map of the others, the best that a map can do.

    Attributes:
        maps: (n, X, Y, Z), of the scans that will be asked about, in their order.
    """

    maps: np.ndarray
    name: str = "mean_true_map"
    changes: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def of_others(cls, true: np.ndarray) -> "FixedMap":
        """Return, for each of the scans, the mean true change (n, X, Y, Z) of all others."""
        count = max(len(true) - 1, 1)
        return cls((true.sum(axis=0) - true) / count)

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the maps."""
        return self.maps
