"""How near a predicted change is to the true one, scan by scan: maps, volumes, regions, readings, reversal."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.methods import Method
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.counterfactual.region_changes import FEWEST_VOXELS
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.transforms import GridSpec

#: standard errors from which a mean change is one. Sensitivity: of changes of age all are, of sex at equal head
#: size the ventricles' are where a scenario plants them
TOLD = 3.0


def map_measures(predicted: np.ndarray, true: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return (n,) Pearson's correlation and ratio of norms of changes (n, X, Y, Z) in ``mask``; NaN where nothing
    changes.
    """
    ours, theirs = predicted[:, mask].astype(float), true[:, mask].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
        ours, theirs = (maps - maps.mean(axis=1, keepdims=True) for maps in (ours, theirs))
        norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
        correlation = (ours * theirs).sum(axis=1) / norms
    return {"correlation": correlation, "norm_ratio": ratio}


def region_means(changes: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return (n, r) mean changes of (n, X, Y, Z) in Desikan-Killiany's and aseg's regions of at least four
    voxels.
    """
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, grid)
    flat = labels.ravel()
    counts = np.bincount(flat, minlength=max(regions) + 1)
    kept = [label for label in sorted(regions) if counts[label] >= FEWEST_VOXELS]
    sums = np.stack([np.bincount(flat, row.ravel(), minlength=len(counts)) for row in changes])
    means: np.ndarray = sums[:, kept] / counts[kept]
    return means


def slope_error(predicted: np.ndarray, true: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return (n,) ‖predicted − true‖ / ‖true‖ of the regions' mean changes."""
    ours, theirs = region_means(predicted, grid), region_means(true, grid)
    error: np.ndarray = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    return error


def is_change(grown: np.ndarray) -> bool:
    """Whether what people gain (n,) is on average a change at all: a ratio to none is no figure."""
    error = grown.std(ddof=1) / np.sqrt(len(grown)) if len(grown) > 1 else np.inf
    return bool(abs(grown.mean()) > TOLD * error)


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
        percent: np.ndarray = 100 * (self.heads / before.heads - 1)
        return percent


def reversal(
    method: Method,
    scans: np.ndarray,
    predicted: np.ndarray,
    before: Covariates,
    after: Covariates,
    mask: np.ndarray,
) -> np.ndarray:
    """Return (n,) norm of what is left after there and back, by the norm of the change; NaN where nothing changes.

    Args:
        method: that edits.
        scans: (n, X, Y, Z).
        predicted: (n, X, Y, Z) their changes by it.
        before, after: (n) covariates.
        mask: (X, Y, Z), where norms are taken.
    """
    back = method.predicted_change(scans + predicted, after, before)
    with np.errstate(invalid="ignore", divide="ignore"):
        left: np.ndarray = np.linalg.norm((predicted + back)[:, mask], axis=1) / np.linalg.norm(
            predicted[:, mask], axis=1
        )
    return left


def readings(
    reader: SexAgeReader, brains: np.ndarray, before: Covariates, after: Covariates, years: np.ndarray
) -> dict[str, np.ndarray]:
    """Return (n,) whether the reader sees the sex that an edit goes to, where it changes sex, and the years that
    it sees gained on the ``years`` (n,) that it reads from the scans, where it changes age.
    """
    values = {}
    if np.any(before.male != after.male):
        read_as_male = reader.probability_male(brains, after.head_size) > 0.5
        values["reader_agreement"] = (read_as_male == (after.male > 0.5)).astype(float)
    if np.any(before.age != after.age):
        values["reader_years"] = reader.years(brains, after.head_size) - years
    return values
