"""Where the template's ventricles lie, and what is nearer to them than to any other fluid."""

from functools import lru_cache

import numpy as np
from nibabel.affines import apply_affine
from scipy.ndimage import affine_transform, distance_transform_edt, label

from brainaging.pipeline.measures.own_anatomy.template_tissue import template_maps
from brainaging.transforms import GridSpec

#: share of fluid in the template's average from which a millimetre of it is ventricle; temporal horns are thin and
#: lie differently in each of the 152, so that their average is faint. Sensitivity: not measured; of FreeSurfer's
#: ventricles in two brains 95 % lie within 2 mm of these, 99 % within 4
VENTRICLE_FLUID, HORN_FLUID = 0.3, 0.15
#: sulci and cisterns of the template. Sensitivity: not measured
OTHER_FLUID = 0.3
#: temporal horns lie deeper in the brain than the sulci around them, mm. Sensitivity: not measured
HORN_DEPTH_MM = 16.0
#: how much farther from the template's ventricles than from its other fluid a ventricle may reach: old people's
#: ventricles grow outwards, and push what is around them. Sensitivity (ds002748 at 4 mm): ventricles are 4 %
#: smaller with 1, 1 % larger with 2
REACH = 1.5
#: MNI mm along x, y, z within which ventricles and what is near them lie. Sensitivity: none, bounds only
AROUND_MM = ((-64, 64), (-92, 62), (-46, 64))
#: distances are smooth: they are kept on every second millimetre. Beyond the box all is far. Sensitivity: none
THINNED = 2
FAR_MM = 99.0


def _boxes(shape: tuple[int, ...], affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the boxes, in MNI mm, of lateral and third ventricles, and of the temporal horns.

    nilearn ships no atlas: the boxes hold fluid that is no other than ventricles, save for the cisterns behind the
    third ventricle and above the corpus callosum, which are cut off.
    """
    x, y, z = np.meshgrid(
        *(affine[axis, 3] + affine[axis, axis] * np.arange(n) for axis, n in enumerate(shape)),
        indexing="ij",
        sparse=True,
    )
    x = np.abs(x)
    third = (x < 7) & (y > -28) & (y < 6) & (z > -11) & (z < 14)
    quadrigeminal = (x < 10) & (y < -26)
    pericallosal = (x < 8) & (y > 22)
    body = (x < 30) & (y > -44) & (y < 36) & (z > 0) & (z < 36) & ~quadrigeminal & ~pericallosal
    trigone = (x > 14) & (x < 38) & (y > -64) & (y < -30) & (z > -10) & (z < 30)
    horn = (x > 24) & (x < 42) & (y > -46) & (y < -4) & (z > -26) & (z < 0)
    return third | body | trigone, horn


@lru_cache(maxsize=1)
def _template_ventricles() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the template's ventricles and the fluid around them at 1 mm, (X, Y, Z) bool, and their affine."""
    grey, white, brain, affine = template_maps()
    corners = np.rint(apply_affine(np.linalg.inv(affine), np.array(AROUND_MM).T)).astype(int)
    box = tuple(slice(low, high + 1) for low, high in corners.T)
    around = affine.copy()
    around[:3, 3] = apply_affine(affine, corners[0])
    brain, fluid = brain[box], (brain * np.clip(1 - grey - white, 0, 1))[box]
    middle, horn = _boxes(fluid.shape, around)
    pieces, _ = label((fluid > VENTRICLE_FLUID) & middle)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    ventricles = pieces == sizes.argmax()
    deep = distance_transform_edt(brain > 0.5) > HORN_DEPTH_MM
    ventricles |= (fluid > HORN_FLUID) & horn & deep
    return ventricles, (fluid > OTHER_FLUID) & ~ventricles, around


@lru_cache(maxsize=1)
def _distances() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distances in mm from the template's ventricles and from its other fluid, and their affine."""
    ventricles, other, affine = _template_ventricles()
    coarse = affine @ np.diag([THINNED, THINNED, THINNED, 1.0])
    thin = (slice(None, None, THINNED),) * 3
    away, near = (distance_transform_edt(~part[thin], sampling=THINNED) for part in (ventricles, other))
    return away, near, coarse


@lru_cache(maxsize=2)
def ventricle_distance(grid: GridSpec) -> np.ndarray:
    """Return each voxel's distance in mm from the template's ventricles, ``grid.shape``, 0 in them."""
    away, _, affine = _distances()
    return _at(away, affine, grid, FAR_MM)


@lru_cache(maxsize=2)
def ventricle_territory(grid: GridSpec) -> np.ndarray:
    """Return where a person's ventricles may be, ``grid.shape`` bool.

    What is nearer to the template's ventricles than to its sulci and cisterns, or up to half as far again.
    """
    away, other, affine = _distances()
    territory: np.ndarray = _at(REACH * other - away, affine, grid, -FAR_MM) > 0
    return territory


def _at(values: np.ndarray, affine: np.ndarray, grid: GridSpec, beyond: float) -> np.ndarray:
    """Return a smooth map of the template at a grid's voxels, without the low-pass that images need."""
    index = np.linalg.inv(affine) @ grid.affine
    placed: np.ndarray = affine_transform(
        values.astype(np.float32), index[:3, :3], index[:3, 3], grid.shape, order=1, mode="constant", cval=beyond
    )
    placed.setflags(write=False)
    return placed
