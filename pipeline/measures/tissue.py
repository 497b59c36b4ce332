"""Head size and volumes of tissue and ventricles taken from an image alone, and how far two samples' are apart."""

from functools import cache

import numpy as np
from nilearn.datasets import load_mni152_brain_mask, load_mni152_gm_template, load_mni152_wm_template
from scipy.ndimage import binary_dilation, distance_transform_edt
from scipy.stats import wasserstein_distance

from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid, head_size_ml
from brainaging.transforms.head_size import half_maximum
from brainaging.transforms.placing import place

TISSUES = ("grey", "white", "ventricles")
#: ventricles lie deeper in the template than this, the Sylvian fissure does not.
#: Sensitivity (24 simulated people of 21 to 89 years at 3 mm, correlation with their true volume): 0.77 at 24 mm,
#: 0.80 at 26, 0.82 at 28, 0.81 at 30; the template's own fluid is 17, 14, 11 and 9 mL
DEPTH_MM = 26.0
#: how far an old person's ventricles reach beyond the template's.
#: Sensitivity (the same people): correlation 0.69 at 4 mm, 0.76 at 6, 0.80 at 8, 0.81 at 12
REACH_MM = 8.0
#: share of a voxel that deep fluid fills for it to count, before the region is widened by the reach.
#: Sensitivity (the same people): correlation 0.79 to 0.80 from 0.02 to 0.5
FLUID_SHARE = 0.1
#: percentiles of tissue from which the two class means start.
#: Sensitivity: from 1 and 99 to 25 and 75 no volume moves by a thousandth
START_PERCENTILES = (10, 90)
#: a few rounds suffice for one-dimensional two-means; the last ends by its tolerance
ROUNDS, TOLERANCE = 20, 1e-6


def head_sizes(volumes: np.ndarray, spacing: float) -> np.ndarray:
    """Return each volume's head size (n,) in mL, of volumes (n, X, Y, Z) at ``spacing`` mm, by half maximum."""
    return np.array([head_size_ml(volume, spacing) for volume in volumes])


@cache
def ventricle_region(grid: str | GridSpec) -> np.ndarray:
    """Return where ventricles may lie on a grid, ``grid.shape`` bool: the template's deep fluid and around it.

    nilearn ships no atlas: deep fluid is what is neither grey nor white more than 26 mm inside the template's
    brain.
    """
    spec = get_grid(grid)
    images = [
        load(resolution=1) for load in (load_mni152_gm_template, load_mni152_wm_template, load_mni152_brain_mask)
    ]
    grey, white, brain = (np.asarray(image.dataobj, dtype=np.float32) for image in images)
    deep = distance_transform_edt(brain > 0.5) > DEPTH_MM
    fluid = ((brain > 0.5) & (grey + white < 0.5) & deep).astype(np.float32)
    placed = place(fluid, np.asarray(images[0].affine, float), spec)
    reach = max(1, round(REACH_MM / spec.spacing))
    return binary_dilation(placed > FLUID_SHARE, iterations=reach)


def tissue_volumes(
    volumes: np.ndarray, grid: str | GridSpec, region: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Return grey, white and ventricle volumes in mL, (n,) each, of T1w volumes (n, X, Y, Z) on a grid.

    A voxel above half maximum is tissue; grey and white intensity are its two class means (k-means), and a voxel
    between them counts to both by its place between. Fluid in the region of the ventricles is what is missing
    there to grey. Partial volume shifts absolute volumes from grid to grid while differences hold: compare images
    of one grid only.

    Args:
        volumes: of any number of people.
        grid: of them.
        region: (X, Y, Z) bool, where ventricles are looked for; :func:`ventricle_region` if not given, which holds
            those of old people too, and sulci around them where heads are not alike.

    Raises:
        UserError: volumes that are not on the grid.
    """
    spec = get_grid(grid)
    if volumes.ndim != 4 or volumes.shape[1:] != spec.shape:
        raise UserError(f"tissue volumes: expected (n, {str(spec.shape)[1:-1]}), found {volumes.shape}")
    where, voxel = ventricle_region(spec) if region is None else region, spec.spacing**3 / 1000
    ml = np.array([_tissue_voxels(volume, where) for volume in volumes]).reshape(-1, len(TISSUES)) * voxel
    return dict(zip(TISSUES, ml.T, strict=True))


def _tissue_voxels(volume: np.ndarray, region: np.ndarray) -> tuple[float, float, float]:
    """Return how many voxels grey matter, white matter and ventricles fill."""
    tissue = volume[volume > half_maximum(volume)]
    if len(tissue) < 2 or np.ptp(tissue) == 0:
        return 0.0, 0.0, float(region.sum())
    low, high = np.percentile(tissue, START_PERCENTILES)
    for _ in range(ROUNDS):
        dark = tissue < (low + high) / 2
        new = float(tissue[dark].mean()), float(tissue[~dark].mean())
        if abs(new[0] - low) + abs(new[1] - high) < TOLERANCE * high:
            break
        low, high = new
    white = np.clip((tissue - low) / (high - low), 0, 1).sum()
    fluid = np.clip(1 - volume[region] / low, 0, 1).sum()
    return float(len(tissue) - white), float(white), float(fluid)


def tissue_distances(generated: dict[str, np.ndarray], real: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the Wasserstein distance in mL between generated and real brains' volumes of each tissue."""
    return {name: float(wasserstein_distance(generated[name], real[name])) for name in TISSUES}
