"""What each cell of the lattice is: a structure whose growth is prescribed, or fluid that gives way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from brainaging.pipeline.simulate.elastic.hexahedra import CORNERS
from brainaging.pipeline.simulate.elastic.prescribed_structures import LABELS, NAMES, VENTRICLES

Array = NDArray[np.float64]
OUTSIDE, FLUID = -2, -1
TISSUE_SHARE = 0.8
"""A cell that holds less tissue than this, of what it holds of the brain, is fluid that gives way: sulci are
narrower than 4 mm, and a stricter rule finds few of them. Sensitivity: of the template 228 mL give way at 0.7,
376 at 0.8, 614 at 0.9."""
BRAIN_SHARE = 0.5
"""A cell with less brain is skull, which stands still. Sensitivity: of the template 1880 mL lie inside, at a third
1932."""
VENTRICLE_SHARE = 0.5
"""A cell with more of ventricles is theirs. Sensitivity: 9.5 mL of the template, 15.5 at a third; they grow by the
same prescribed share."""


def cell_means(field: Array, origin: Sequence[float], spacing: float, lattice: "Extent") -> Array:
    """Return the mean (…, X − 1, Y − 1, Z − 1) of a fine ``field`` (…, A, B, C) over each cell of a lattice.

    The field is linear between its points, the first of which lies at ``origin`` mm, and zero beyond them.
    """
    means = field
    for axis in range(3):
        count = field.shape[axis - 3]
        cells = lattice.shape[axis] - 1
        # as many samples as the field has points in a cell, and twice that
        samples = 2 * max(1, round(lattice.step / spacing))
        inner = (np.arange(samples) + 0.5) / samples
        places = (
            lattice.origin[axis] + lattice.step * (np.arange(cells)[:, None] + inner) - origin[axis]
        ) / spacing
        low = np.clip(np.floor(places).astype(int), 0, count - 2)
        high = places - low
        inside = (places >= -0.5) & (places <= count - 0.5)
        weights = np.zeros((cells, count))
        rows = np.broadcast_to(np.arange(cells)[:, None], low.shape)
        np.add.at(weights, (rows, low), inside * (1 - high) / samples)
        np.add.at(weights, (rows, low + 1), inside * high / samples)
        means = np.moveaxis(
            np.tensordot(weights, means, axes=(1, means.ndim + axis - 3)), 0, means.ndim + axis - 3
        )
    return means


@dataclass(frozen=True)
class Extent:
    """A lattice: its first point (mm), points along each axis and their distance (mm)."""

    origin: tuple[float, float, float]
    shape: tuple[int, int, int]
    step: float


@dataclass(frozen=True)
class Tissue:
    """The lattice's cells.

    ``kind`` (X − 1, Y − 1, Z − 1): a place in ``NAMES``, :data:`FLUID` or :data:`OUTSIDE`; ``nearest`` likewise
    the structure that a cell's own tissue belongs to, be it fluid or not.
    """

    kind: NDArray[np.intp]
    nearest: NDArray[np.intp]
    step: float

    @classmethod
    def of(cls, shares: Mapping[str, Array], labels: NDArray[np.int32], step: float) -> "Tissue":
        """Return the cells of a brain.

        Args:
            shares: of each cell's volume: "brain", "tissue" and "ventricles".
            labels: (X, Y, Z) FreeSurfer's, at the lattice's points; 0 where there is none.
            step: between points, mm.
        """
        nearest_point = distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
        filled = labels[tuple(nearest_point)]
        structure = np.full(int(filled.max()) + 1, -1)
        for number, name in enumerate(NAMES):
            for label in LABELS[name]:
                if label < len(structure):
                    structure[label] = number
        points = structure[filled]
        ends = np.array(labels.shape) - 1
        votes = np.zeros((len(NAMES), *ends), dtype=np.int8)
        for corner in CORNERS:
            here = points[tuple(slice(c, c + end) for c, end in zip(corner, ends, strict=True))]
            for number in range(len(NAMES)):
                votes[number] += here == number
        nearest = np.where(votes.any(0), votes.argmax(0), -1)
        brain, ventricles = shares["brain"], shares["ventricles"]
        kind = np.where(shares["tissue"] > TISSUE_SHARE * brain, nearest, FLUID)
        # a label of ventricles on what is no fluid is at their edge: it gives way as they do
        kind[nearest == NAMES.index(VENTRICLES)] = FLUID
        kind[ventricles > VENTRICLE_SHARE] = NAMES.index(VENTRICLES)
        kind[brain <= BRAIN_SHARE] = OUTSIDE
        return cls(kind, nearest, step)

    def free(self) -> NDArray[np.bool_]:
        """Return which points (X, Y, Z) may move: those with brain in all their cells, so that its edge stands."""
        inside = np.pad(self.kind != OUTSIDE, 1)
        sizes = [size - 1 for size in inside.shape]
        parts = [tuple(slice(c, c + size) for c, size in zip(corner, sizes, strict=True)) for corner in CORNERS]
        free: NDArray[np.bool_] = np.all([inside[part] for part in parts], axis=0)
        return free
