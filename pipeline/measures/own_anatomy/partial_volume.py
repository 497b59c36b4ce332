"""Shares of cerebrospinal fluid, grey and white matter in each voxel of one stripped T1w scan."""

from functools import lru_cache

import numpy as np
from nibabel.affines import apply_affine
from scipy.ndimage import binary_erosion, gaussian_filter, generate_binary_structure

from brainaging.pipeline.measures.own_anatomy.class_intensities import ClassIntensities, fit, posterior
from brainaging.pipeline.measures.own_anatomy.inside_skull import inside, on_grid
from brainaging.pipeline.measures.own_anatomy.template_tissue import (
    CLASSES,
    mixture_prior,
    mixtures,
    near_template,
)
from brainaging.transforms import GridSpec

#: voxels that a scan's intensities are fitted on, at most. Sensitivity: half a voxel's shift draws others,
#: and moves tissue by 1 % at most
FITTED = 8000
#: signal is what exceeds this share of white matter's intensity. Sensitivity: not measured
SIGNAL = 0.02
#: how far within a mask's edge, as a standard deviation in voxels, is looked for what the edge cuts. Sensitivity:
#: not measured
EDGE = 1.2
#: voxels at a time, for memory's sake
CHUNK = 1 << 18


def tissue_shares(volume: np.ndarray, grid: str | GridSpec, hull: np.ndarray | None = None) -> np.ndarray:
    """Return the shares of fluid, grey and white matter, (3, X, Y, Z) float32: sum 1 in the inside, 0 elsewhere.

    A voxel is a mixture of the three in steps of a quarter. How probable each is before its intensity is seen
    comes from the template's tissue maps around the place, at the grid's voxel size; how bright each is, from the
    scan itself; its shares are the mean over mixtures. Deterministic; a mirrored scan has mirrored shares.

    Args:
        volume: (X, Y, Z) of one stripped T1w scan on the grid, background 0, in any unit.
        grid: of it.
        hull: :func:`inside` of it, if it is known already.

    Raises:
        UserError: a volume that is not on the grid.
    """
    spec = on_grid(volume, grid)
    hull = inside(volume, spec) if hull is None else hull
    shares = np.zeros((len(CLASSES), *spec.shape), np.float32)
    if not hull.any():
        return shares
    rows = _rows(spec)[hull]
    points, prior = _points(spec), mixture_prior(spec)
    level = float(np.percentile(volume[hull], 95))
    signal = (volume > SIGNAL * level) & hull
    core = binary_erosion(signal, generate_binary_structure(3, 3))
    chosen = np.flatnonzero((core & _sampled(spec, int(core.sum()))).ravel())
    states = mixtures()
    picked = _rows(spec).ravel()[chosen]
    fitted = fit(volume.ravel()[chosen] / level, prior[picked], states, points[picked])
    field = np.ones(spec.shape, np.float32)
    field[hull] = fitted.field(points[rows])
    filled = with_fluid(volume / (level * field), signal, fitted)
    values = filled[hull]
    result = np.empty((len(values), len(CLASSES)), np.float32)
    means = fitted.means.astype(np.float32)
    for start in range(0, len(values), CHUNK):
        part = slice(start, start + CHUNK)
        result[part] = posterior(values[part], prior[rows[part]], states, means) @ states
    shares[:, hull] = result.T
    return shares


def with_fluid(volume: np.ndarray, signal: np.ndarray, fitted: ClassIntensities) -> np.ndarray:
    """Return a scan with fluid where its mask leaves zeros, in part where the mask's edge cuts a voxel.

    Resampling mixes a mask's edge with the zeros beyond it. What share of a voxel the mask fills is its intensity
    by that of the tissue or fluid just inside of it; fluid fills the rest.
    """
    fluid, grey, _ = (float(mean) for mean in fitted.means)
    near = generate_binary_structure(3, 3)
    core = binary_erosion(signal, near, iterations=2)
    weight = gaussian_filter(core.astype(np.float32), EDGE, mode="constant")
    smooth = gaussian_filter(np.where(core, np.minimum(volume, grey), 0).astype(np.float32), EDGE, mode="constant")
    inner = np.where(weight > 1e-3, smooth / np.maximum(weight, 1e-3), grey)
    part = np.clip(volume / np.clip(inner, fluid, grey), 0, 1)
    return np.where(core, volume, volume + (1 - part) * np.float32(fluid)).astype(np.float32)


@lru_cache(maxsize=2)
def _rows(grid: GridSpec) -> np.ndarray:
    near = near_template(grid)
    rows = np.full(grid.shape, -1)
    rows[near] = np.arange(int(near.sum()))
    return rows


@lru_cache(maxsize=2)
def _points(grid: GridSpec) -> np.ndarray:
    return apply_affine(grid.affine, np.argwhere(near_template(grid))).astype(np.float32)


def _sampled(grid: GridSpec, count: int) -> np.ndarray:
    """Return which voxels are fitted, ``grid.shape`` bool: every n-th, the same on the left and on the right."""
    step = max(1, count // FITTED)
    x, y, z = (np.arange(n) for n in grid.shape)
    x = np.minimum(x, x[::-1])
    return np.asarray((x[:, None, None] * 5 + y[:, None] * 7 + z * 11) % step == 0)
