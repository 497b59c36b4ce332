"""The average brain that every subject is drawn from: MNI152 maps that ship inside nilearn."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from nilearn.datasets import (
    load_mni152_brain_mask,
    load_mni152_gm_template,
    load_mni152_template,
    load_mni152_wm_template,
)
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, distance_transform_edt, gaussian_filter
from torch import Tensor

from brainaging.networks.lattice import Lattice

MAPS = ("t1", "grey", "white", "brain", "ventricles", "cortex", "cerebellum")
"""Channels of a phantom: T1 intensity (white about 0.87), then shares of each voxel's volume from 0 to 1."""
#: MNI mm along x, y, z in which ventricles and deep grey lie, and how deep in the brain fluid is a ventricle's:
#: ``measures.tissue`` looks for them by the same depth in the same template, so that the two share one definition
CENTRE = ((-38.0, 38.0), (-62.0, 32.0), (-14.0, 34.0))
DEPTH_MM = 26.0


@dataclass(frozen=True)
class Phantom:
    """The average brain's ``maps`` (7, X, Y, Z) on a lattice, smoothed for a spacing."""

    maps: Tensor
    lattice: Lattice

    def map(self, name: str) -> NDArray[np.float32]:
        """Return one map, (X, Y, Z)."""
        values: NDArray[np.float32] = self.maps[MAPS.index(name)].numpy()
        return values


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


@lru_cache(maxsize=4)
def load_phantom(spacing: float) -> Phantom:
    """Return the average brain for images of ``spacing`` mm: anti-aliased, on a lattice fine enough to sample.

    The full width at half maximum of the smoothing is the spacing; below the template's own 1 mm there is none.
    """
    native, lattice = _native()
    # half the spacing: the linear interpolation between lattice points then blurs little more
    stride = max(1, int(spacing / 2 + 1e-6))
    sigma = spacing / 2.3548 if spacing > 1 else 0.0
    smooth = [gaussian_filter(channel, sigma, mode="constant") if sigma else channel for channel in native]
    maps = np.stack([channel[::stride, ::stride, ::stride] for channel in smooth])
    shape = (maps.shape[1], maps.shape[2], maps.shape[3])
    return Phantom(torch.from_numpy(maps), Lattice(lattice.origin, shape, lattice.step * stride))


def on_lattice(lattice: Lattice) -> dict[str, NDArray[np.float32]]:
    """Return the average brain's maps on a coarse ``lattice``, smoothed for its step; zero beyond the template."""
    phantom = load_phantom(lattice.step)
    sampled = phantom.lattice.sample(phantom.maps, lattice.points()).numpy()
    return dict(zip(MAPS, sampled, strict=True))
