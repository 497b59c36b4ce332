"""One interface for whatever edits a scan, and the controls that every edit must beat."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates, Design
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.transforms import GridSpec, head_size_ml, origin_voxel, scale_head


class Method(Protocol):
    """Whatever says how a scan changes.

    ``covariates`` names those that it can change; it is asked for no others.
    """

    name: str
    covariates: tuple[str, ...]

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans (n, X, Y, Z) from covariates ``before`` to ``after``."""


@dataclass
class NoChange:
    """No change at all."""

    name: str = "no_change"
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
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
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def fit(cls, volumes: np.ndarray, people: Covariates) -> "VoxelRegression":
        """Fit to training scans (n, X, Y, Z)."""
        design = Design.of(people)
        coefficients = least_squares(volumes.reshape(len(volumes), -1), design.matrix(people))
        return cls(design, coefficients.reshape(-1, *volumes.shape[1:]))

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z); they do not depend on the scans."""
        steps = self.design.covariate_step(before, after).astype(np.float32)
        changes: np.ndarray = np.tensordot(steps, self.maps, 1)
        return changes


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
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def fit(cls, volumes: np.ndarray, grid: GridSpec, people: Covariates) -> "RescaledHead":
        """Fit to training scans (n, X, Y, Z)."""
        design = Design.of(people)
        size = np.log([head_size_ml(volume, grid.spacing) for volume in volumes])
        return cls(grid, design, least_squares(size[:, None], design.matrix(people))[:, 0])

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z)."""
        scales = np.exp(self.design.covariate_step(before, after) @ self.slopes / 3)
        origin = origin_voxel(self.grid)
        pairs = zip(volumes, scales, strict=True)
        return np.stack([scale_head(volume, float(scale), origin) - volume for volume, scale in pairs])


@dataclass
class FixedMap:
    """Changes that are the same whatever a scan looks like.

    The mean true map of the others is the best that one map for everybody can do: what an edit must beat to show
    that it moves the person's own anatomy.

    Attributes:
        maps: (n, X, Y, Z), of the scans that will be edited, in their order.
    """

    maps: np.ndarray
    name: str = "mean_true_map"
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def of_others(cls, true_changes: np.ndarray, directions: np.ndarray) -> "FixedMap":
        """Return, for each of the scans, the mean true change of all others in the person's own direction.

        Where an edit goes both ways, as one of sex does, men's changes and women's are opposite and would cancel:
        they are averaged in one direction, and for every person taken in theirs.

        Args:
            true_changes: (n, X, Y, Z).
            directions: (n,) 1 or −1: which way the edit goes for each of them.
        """
        signs = directions.astype(true_changes.dtype).reshape(-1, *[1] * (true_changes.ndim - 1))
        one_way = signs * true_changes
        return cls(signs * ((one_way.sum(axis=0) - one_way) / max(len(true_changes) - 1, 1)))

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the maps."""
        return self.maps
