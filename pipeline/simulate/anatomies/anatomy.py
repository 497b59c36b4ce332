"""A brain that people are simulated from: its maps at 1 mm, its structures, and where it lies in the template."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import Tensor

from brainaging.networks.lattice import Lattice

MAPS = ("t1", "grey", "white", "brain", "ventricles", "cortex", "cerebellum")
"""Channels of an anatomy: T1 intensity (white matter at ``Anatomy.white``), then shares of each voxel's volume
from 0 to 1. ``brain`` is what stands inside the skull, fluid too."""
LATTICE = Lattice(origin=(-88.0, -124.0, -88.0), shape=(45, 54, 47), step=4.0)
"""Where fields are computed: the MNI152 brain with a margin of 16 mm, at 4 mm (effects are wider than that)."""


@dataclass(frozen=True)
class SmoothedMaps:
    """An anatomy's ``maps`` (7, X, Y, Z) on a ``lattice``, smoothed for a spacing."""

    maps: Tensor
    lattice: Lattice

    def map(self, name: str) -> NDArray[np.float32]:
        """Return one map, (X, Y, Z)."""
        values: NDArray[np.float32] = self.maps[MAPS.index(name)].numpy()
        return values


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A brain in MNI152 mm (RAS).

    Attributes:
        name: of it; "template" or a scan's.
        maps: (7, X, Y, Z) float32, :data:`MAPS`; 0 at the edges.
        lattice: of the maps, at 1 mm.
        structures: labels at :data:`LATTICE`'s points, int32; 0 where there is none.
        in_template: (45, 54, 47, 3) float32, where :data:`LATTICE`'s points lie in the template, mm.
        white: intensity of white matter in the map t1.
        contrast: half of its lead over grey matter: a change in contrast falls on both alike.
        individual: whether it is one person's, whose sulci are sharp, and no average.
    """

    name: str
    maps: NDArray[np.float32]
    lattice: Lattice
    structures: NDArray[np.int32]
    in_template: Tensor
    white: float
    contrast: float
    individual: bool = False
    _sampled: dict[Lattice, dict[str, NDArray[np.float32]]] = field(default_factory=dict, init=False, repr=False)

    def smoothed(self, spacing: float) -> SmoothedMaps:
        """Return the brain for images of ``spacing`` mm: anti-aliased, on a lattice fine enough to sample.

        The full width at half maximum of the smoothing is the spacing; below the maps' own 1 mm there is none.
        """
        return _smoothed(self, spacing)

    def on_lattice(self, lattice: Lattice) -> dict[str, NDArray[np.float32]]:
        """Return the maps by name on a coarse ``lattice``, smoothed for its step; edge values hold beyond them."""
        if lattice not in self._sampled:
            smooth = self.smoothed(lattice.step)
            sampled = smooth.lattice.sample(smooth.maps, lattice.points()).numpy()
            self._sampled[lattice] = dict(zip(MAPS, sampled, strict=True))
        return dict(self._sampled[lattice])


# few: an anatomy's maps are a quarter of a gigabyte, and people are rendered anatomy by anatomy
@lru_cache(maxsize=4)
def _smoothed(anatomy: Anatomy, spacing: float) -> SmoothedMaps:
    native, lattice = anatomy.maps, anatomy.lattice
    # half the spacing: the linear interpolation between lattice points then blurs little more
    stride = max(1, int(spacing / 2 + 1e-6))
    sigma = spacing / 2.3548 if spacing > 1 else 0.0
    smooth = [gaussian_filter(channel, sigma, mode="constant") if sigma else channel for channel in native]
    maps = np.stack([channel[::stride, ::stride, ::stride] for channel in smooth])
    shape = (maps.shape[1], maps.shape[2], maps.shape[3])
    return SmoothedMaps(torch.from_numpy(maps), Lattice(lattice.origin, shape, lattice.step * stride))
