"""Which region each vertex of the cortex belongs to: an atlas' volume read along the cortical ribbon."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from brainaging.pipeline.report.painted.mesh import Mesh, mesh
from brainaging.pipeline.report.painted.paintable_atlases import Atlas, Region, atlas

# fsaverage's MNI305 to MNI152, from FreeSurfer's wiki (CoordinateSystems, use case 8).
_MNI305_TO_152 = np.array(
    [[0.9975, -0.0073, 0.0176, -0.0429], [0.0146, 1.0009, -0.0024, 1.5496], [-0.0130, -0.0093, 0.9971, 1.1840]]
)
# from the white to the pial surface
_DEPTHS = np.linspace(0.0, 1.0, 6)
# mm within which a voxel's vote falls by e
_REACH = 1.0
_SMOOTHING_STEPS = 2
_NO_CORTEX_MM = 1.0


@dataclass(frozen=True)
class Parcels:
    """The regions of one hemisphere: ``labels`` (10242,) holds 0 for the medial wall, k for ``regions[k - 1]``."""

    regions: tuple[Region, ...]
    labels: np.ndarray

    def mask(self, region: Region) -> np.ndarray:
        """Return which vertices (10242,) belong to ``region``; none where the atlas does not have it."""
        if region not in self.regions:
            return np.zeros(self.labels.shape, dtype=bool)
        return self.labels == self.regions.index(region) + 1


@cache
def parcels(name: str, hemisphere: str) -> Parcels:
    """Return the regions of a cortical atlas on one hemisphere ("left" or "right").

    Each vertex asks, at six depths between the white and the pial surface, which region of its hemisphere is
    nearest; near voxels count more, neighbouring vertices are heard too, and the largest share wins.
    """
    volume, surface = atlas(name), mesh(hemisphere)
    own = [
        label
        for label in sorted(volume.cortical)
        if volume.regions[label].hemisphere == hemisphere and volume.regions[label].structure != "unknown"
    ]
    places, codes = _voxels(volume, np.isin(volume.labels, own))
    tree = cKDTree(places)
    votes = np.zeros((len(surface.pial), len(own)))
    for depth in _DEPTHS:
        points = _mni152(surface.white + depth * (surface.pial - surface.white))
        distance, nearest = tree.query(points)
        column = np.searchsorted(own, codes[nearest])
        votes[np.arange(len(points)), column] += np.exp(-distance / _REACH) + 1e-6
    share = votes / votes.sum(axis=1, keepdims=True)
    neighbours = _neighbours(surface)
    for _ in range(_SMOOTHING_STEPS):
        share = neighbours @ share
    wall = _largest(_medial_wall(volume, surface, own), neighbours)
    labels = np.where(wall, 0, share.argmax(axis=1) + 1)
    return Parcels(tuple(volume.regions[label] for label in own), labels.astype(np.uint8))


def _medial_wall(volume: Atlas, surface: Mesh, own: list[int]) -> np.ndarray:
    """Return which vertices have no cortex: it is thin there, or something else is nearer than cortex."""
    white = [label for label, region in volume.regions.items() if region.structure == "cerebral_white_matter"]
    other_side = [label for label in volume.cortical if label not in own]
    there = (volume.labels > 0) & ~np.isin(volume.labels, white + other_side)
    places, codes = _voxels(volume, there)
    _, nearest = cKDTree(places).query(_mni152((surface.white + surface.pial) / 2))
    return (surface.thickness <= _NO_CORTEX_MM) | ~np.isin(codes[nearest], own)


def _largest(there: np.ndarray, neighbours: sparse.csr_array) -> np.ndarray:
    """Keep the largest connected part: the medial wall is one piece, the rest gaps between atlas and mesh."""
    which = np.flatnonzero(there)
    _, part = connected_components(neighbours[which][:, which], directed=False)
    kept = np.zeros_like(there)
    kept[which[part == np.bincount(part).argmax()]] = True
    return kept


def _voxels(volume: Atlas, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (n, 3) in mm and the labels (n,) of the voxels of ``there``."""
    index = np.argwhere(there)
    return index @ volume.affine[:3, :3].T + volume.affine[:3, 3], volume.labels[there]


def _mni152(points: np.ndarray) -> np.ndarray:
    return points @ _MNI305_TO_152[:, :3].T + _MNI305_TO_152[:, 3]


def _neighbours(surface: Mesh) -> sparse.csr_array:
    """Return the averaging over each vertex and those joined to it, (n, n) with rows that sum to 1."""
    faces, n = surface.faces, len(surface.pial)
    rows = np.concatenate([faces[:, 0], faces[:, 1], faces[:, 2], np.arange(n)])
    columns = np.concatenate([faces[:, 1], faces[:, 2], faces[:, 0], np.arange(n)])
    joined = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    joined = ((joined + joined.T) > 0).astype(float)
    return sparse.diags_array(1 / joined.sum(axis=1)) @ joined
