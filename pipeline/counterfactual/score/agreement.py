"""How near a predicted change is to the true one, scan by scan: maps, volumes, regions, judges, laws."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.methods import Method
from brainaging.pipeline.counterfactual.readers import Judge
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.transforms import GridSpec


def map_measures(predicted: np.ndarray, true: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return (n,) Pearson's correlation and ratio of norms of changes (n, X, Y, Z) in ``mask``; NaN where nothing
    changes.
    """
    one, other = predicted[:, mask].astype(float), true[:, mask].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
        one, other = (maps - maps.mean(axis=1, keepdims=True) for maps in (one, other))
        correlation = (one * other).sum(axis=1) / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))
    return {"correlation": correlation, "norm_ratio": ratio}


def region_means(changes: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return (n, r) mean changes of (n, X, Y, Z) in Desikan-Killiany's and aseg's regions of at least four
    voxels.
    """
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, grid)
    flat = labels.ravel()
    counts = np.bincount(flat, minlength=max(regions) + 1)
    kept = [label for label in sorted(regions) if counts[label] >= 4]
    sums = np.stack([np.bincount(flat, row.ravel(), minlength=len(counts)) for row in changes])
    means: np.ndarray = sums[:, kept] / counts[kept]
    return means


def slope_error(predicted: np.ndarray, true: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return (n,) ‖predicted − true‖ / ‖true‖ of the regions' mean changes."""
    one, other = region_means(predicted, grid), region_means(true, grid)
    error: np.ndarray = np.linalg.norm(one - other, axis=1) / np.linalg.norm(other, axis=1)
    return error


@dataclass(frozen=True)
class Volumes:
    """Of n brains: ``ventricles`` and ``heads``, (n,) each, mL."""

    ventricles: np.ndarray
    heads: np.ndarray

    @classmethod
    def of(cls, brains: np.ndarray, grid: GridSpec) -> "Volumes":
        """Measure brains (n, X, Y, Z)."""
        return cls(tissue_volumes(brains.astype(np.float32), grid)["ventricles"], head_sizes(brains, grid.spacing))

    def drift(self, before: "Volumes") -> np.ndarray:
        """Return (n,) the change of head size since ``before`` in per cent."""
        changed: np.ndarray = 100 * (self.heads / before.heads - 1)
        return changed


def own_share(predicted: np.ndarray, scans: np.ndarray, true: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return (n,) 1 where an edited scan is nearest to its own true counterfactual among all people's, else 0."""
    made, goal = (scans + predicted)[:, mask], (scans + true)[:, mask]
    distance = (
        np.square(made, dtype=float).sum(1)[:, None] - 2 * made @ goal.T + np.square(goal, dtype=float).sum(1)
    )
    nearest: np.ndarray = (distance.argmin(axis=1) == np.arange(len(scans))).astype(float)
    return nearest


def reversal(
    method: Method,
    scans: np.ndarray,
    predicted: np.ndarray,
    before: Covariates,
    after: Covariates,
    mask: np.ndarray,
) -> np.ndarray:
    """Return (n,) norm of what is left after there and back, by the norm of the change."""
    back = method.change(scans + predicted, after, before)
    with np.errstate(invalid="ignore", divide="ignore"):
        left: np.ndarray = np.linalg.norm((predicted + back)[:, mask], axis=1) / np.linalg.norm(
            predicted[:, mask], axis=1
        )
    return left


def judged(
    judge: Judge, brains: np.ndarray, before: Covariates, after: Covariates, years: np.ndarray
) -> dict[str, np.ndarray]:
    """Return (n,) whether the judge sees the sex asked for, where sex was changed, and the years it sees
    gained on the ``years`` (n,) that it reads from the scans.
    """
    found = {}
    if np.any(before.male != after.male):
        said = judge.male(brains, after.head_size) > 0.5
        found["judge_agreement"] = (said == (after.male > 0.5)).astype(float)
    if np.any(before.age != after.age):
        found["judge_years"] = judge.years(brains, after.head_size) - years
    return found
