"""The template as an anatomy: MNI152 maps that ship inside nilearn, and FreeSurfer's labels of its structures."""

from functools import lru_cache

import numpy as np
from nilearn.datasets import (
    load_mni152_brain_mask,
    load_mni152_gm_template,
    load_mni152_template,
    load_mni152_wm_template,
)
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE, MAPS, Anatomy
from brainaging.transforms import aparc_aseg

TEMPLATE = "template"
"""Name of the anatomy of everybody in a cohort without scans."""
WHITE, CONTRAST = 0.87, 0.11
"""The template's white matter, and half of its lead over grey."""
#: MNI mm along x, y, z in which ventricles and deep grey lie, and how deep in the brain fluid is a ventricle's:
#: ``measures.tissue`` looks for them by the same depth in the same template, so that the two share one definition
CENTRE = ((-38.0, 38.0), (-62.0, 32.0), (-14.0, 34.0))
DEPTH_MM = 26.0


def _regions(grey: NDArray, white: NDArray, brain: NDArray, axes: list[NDArray]) -> dict[str, NDArray]:
    """Return ventricles, cortex and cerebellum by MNI position: nilearn ships no atlas, so planes and boxes do.

    The tentorium is a plane that falls backwards; deep grey lies in a box around the thalamus and striatum.
    """
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    fluid = brain * np.clip(1 - grey - white, 0, 1)
    # with a margin of that depth, depths in the centre are right up to it
    bounds = [(low - DEPTH_MM - 1, high + DEPTH_MM + 1) for low, high in CENTRE]
    centre = tuple(slice(*np.searchsorted(axis, ends)) for axis, ends in zip(axes, bounds, strict=True))
    depth = np.zeros(brain.shape)
    depth[centre] = distance_transform_edt(brain[centre] > 0.5)
    middle = (np.abs(x) < 38) & (y > -62) & (y < 32) & (z > -12) & (z < 34)
    # the fluid of a partly filled voxel next to a ventricle belongs to it
    core = (fluid > 0.5) & middle & (depth > DEPTH_MM)
    near = np.zeros(brain.shape, dtype=bool)
    near[centre] = binary_dilation(core[centre], iterations=2)
    ventricles = fluid * near
    below = (y < -36) & (z < -12 + 0.28 * (y + 40))
    stem = (np.abs(x) < 20) & (y < -8) & (y > -46) & (z < -6)
    deep = (np.abs(x) < 33) & (y > -36) & (y < 24) & (z > -14) & (z < 24) & (depth > 24)
    hippocampus = (np.abs(x) > 12) & (np.abs(x) < 36) & (y > -38) & (y < 2) & (z > -28) & (z < -8)
    hindbrain = below | stem
    return {
        "ventricles": ventricles,
        "cortex": grey * ~(hindbrain | deep | hippocampus),
        "cerebellum": grey * (below & ~stem),
    }


@lru_cache(maxsize=1)
def template_anatomy() -> Anatomy:
    """Return the average brain of 152 people, the anatomy of cohorts without scans."""
    maps, lattice = _native()
    return Anatomy(TEMPLATE, maps, lattice, _structures(), LATTICE.points(), WHITE, CONTRAST)


def _native() -> tuple[NDArray[np.float32], Lattice]:
    loaders = (
        load_mni152_template,
        load_mni152_gm_template,
        load_mni152_wm_template,
        load_mni152_brain_mask,
    )
    images = [load(resolution=1) for load in loaders]
    t1, grey, white, brain = (np.asarray(image.dataobj, dtype=np.float32) for image in images)
    affine = images[0].affine
    x, y, z = map(float, affine[:3, 3])
    lattice = Lattice((x, y, z), t1.shape, float(affine[0, 0]))
    # the tissue maps spill over the brain mask by a voxel
    grey, white = grey * brain, white * brain
    regions = _regions(grey, white, brain, list(lattice.axes()))
    maps = {"t1": t1, "grey": grey, "white": white, "brain": brain, **regions}
    return np.stack([maps[name] for name in MAPS]).astype(np.float32), lattice


def _structures() -> NDArray[np.int32]:
    """Return the labels at the lattice's points: nearest neighbour, 0 beyond the atlas."""
    labels, affine = aparc_aseg()
    to_voxel = np.linalg.inv(affine)
    points = LATTICE.points().numpy().astype(float) @ to_voxel[:3, :3].T + to_voxel[:3, 3]
    index = np.rint(points).astype(int)
    inside = ((index >= 0) & (index < labels.shape)).all(axis=-1)
    structures = np.zeros(LATTICE.shape, dtype=np.int32)
    structures[inside] = labels[tuple(index[inside].T)]
    return structures
