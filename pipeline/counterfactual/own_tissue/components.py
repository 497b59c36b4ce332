"""What ageing may do to one scan's own tissue: motions, of unit change of log volume, and changes of intensity.

A scan is divided into tissue by what it shows (:mod:`brainaging.pipeline.measures.own_anatomy`). Ventricles grow,
and all tissue pays; grey matter of a lobe shrinks, and fluid close by takes its room; white matter shrinks, and
sulci and ventricles take its room. Each is a potential flow inside the skull, so that heads keep their size. Grey
and white matter change their intensity: what alignment would take for motion, if it were not told.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from brainaging.pipeline.counterfactual.own_tissue.potential_flow import PotentialFlow
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.measures.own_anatomy import own_anatomy
from brainaging.transforms import GridSpec, get_grid, place

#: where tissue is told and moved, whatever grid is edited: cortex is a voxel thick. Sensitivity: not measured
TISSUE_GRID = "t1w_48"
#: how far, as a Gaussian's standard deviation, fluid may lie that gives way to a gyrus, and to white matter.
#: Sensitivity: not measured
GREY_MM, WHITE_MM = 12.0, 20.0
#: how wide lobes fade into each other, as a Gaussian's standard deviation. Sensitivity: not measured; two voxels
FADE_MM = 8.0
#: share of every voxel inside that gives way where there is no fluid near. Sensitivity: none; it keeps tissue far
#: from fluid from asking the impossible of the little there is
_ANYWHERE = 1e-3
#: payers closer than this to none are none. Sensitivity: none
_NONE = 1e-4

FRONTAL = (
    "caudalanteriorcingulate caudalmiddlefrontal frontalpole lateralorbitofrontal medialorbitofrontal paracentral "
    "parsopercularis parsorbitalis parstriangularis precentral rostralanteriorcingulate rostralmiddlefrontal "
    "superiorfrontal"
)
TEMPORAL = (
    "amygdala bankssts entorhinal fusiform hippocampus inferiortemporal insula middletemporal parahippocampal "
    "superiortemporal temporalpole transversetemporal"
)
POSTERIOR = (
    "cuneus inferiorparietal isthmuscingulate lateraloccipital lingual pericalcarine postcentral "
    "posteriorcingulate precuneus superiorparietal supramarginal"
)
DEEP = "accumbens_area caudate pallidum putamen thalamus ventraldc"
HINDBRAIN = "brain_stem cerebellum_cortex cerebellum_white_matter"
#: structures of Desikan-Killiany's atlas and aseg by lobe; what else there is belongs to the nearest
LOBES = {
    name: frozenset(structures.split())
    for name, structures in (
        ("frontal", FRONTAL),
        ("temporal", TEMPORAL),
        ("posterior", POSTERIOR),
        ("deep", DEEP),
        ("hindbrain", HINDBRAIN),
    )
}
#: what moves and what brightens, in the order of amplitudes
MOTIONS = ("ventricles", *(f"{lobe} grey matter" for lobe in LOBES), "white matter")
COMPONENTS = (*MOTIONS, "intensity of grey matter", "intensity of white matter")


@dataclass(frozen=True)
class OwnTissue:
    """The motions of one scan.

    Attributes:
        inside: (X, Y, Z) bool on :data:`TISSUE_GRID`, the skull's inside.
        velocities: (k, 3, m) of :data:`MOTIONS` in its m voxels, mm per unit of log volume, half precision.
        shares: (2, m) of grey and white matter, half precision.
    """

    inside: np.ndarray
    velocities: np.ndarray
    shares: np.ndarray

    def velocity(self, amplitudes: np.ndarray) -> np.ndarray:
        """Return (3, X, Y, Z) the velocity, mm, of ``amplitudes`` (k,) of :data:`COMPONENTS`."""
        return self._filled(amplitudes[: len(MOTIONS)], self.velocities)

    def brightening(self, amplitudes: np.ndarray) -> np.ndarray:
        """Return (X, Y, Z) the change of intensity of ``amplitudes`` (k,) of :data:`COMPONENTS`."""
        return self._filled(amplitudes[len(MOTIONS) :], self.shares)

    def _filled(self, amplitudes: np.ndarray, parts: np.ndarray) -> np.ndarray:
        field = np.zeros((*parts.shape[1:-1], *self.inside.shape), dtype=np.float32)
        field[..., self.inside] = np.tensordot(amplitudes.astype(np.float32), parts.astype(np.float32), 1)
        return field


def own_tissue(volume: np.ndarray, grid: GridSpec) -> OwnTissue:
    """Return the motions of a scan (X, Y, Z) on a grid of the named grids' field of view."""
    spec = get_grid(TISSUE_GRID)
    thinned = volume if grid.fingerprint == spec.fingerprint else place(volume, grid.affine, spec)
    anatomy = own_anatomy(np.asarray(thinned, dtype=np.float32), spec)
    fluid, grey, white = anatomy.shares.astype(float)
    ventricles, inside = anatomy.ventricles.astype(float), anatomy.inside
    sulci, tissue = fluid - ventricles, grey + white
    anywhere = _ANYWHERE * inside
    growth = [ventricles - tissue * (ventricles.sum() / max(tissue.sum(), 1.0))]
    growth += [_paid_near(-grey * lobe, sulci + anywhere, GREY_MM / spec.spacing) for lobe in lobes()]
    growth.append(_paid_near(-white, sulci + ventricles + anywhere, WHITE_MM / spec.spacing))
    skull = PotentialFlow(inside)
    velocities = np.stack([skull.velocity(each)[:, inside] for each in growth])
    shares = np.stack([grey[inside], white[inside]]).astype(np.float16)
    return OwnTissue(inside, (spec.spacing * velocities).astype(np.float16), shares)


@cache
def lobes() -> np.ndarray:
    """Return the weights (l, X, Y, Z) of :data:`LOBES` on :data:`TISSUE_GRID`; their sum is 1 everywhere."""
    spec = get_grid(TISSUE_GRID)
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, spec)
    number = np.zeros(int(labels.max()) + 1, dtype=int)
    for index, structures in enumerate(LOBES.values(), start=1):
        for label, region in regions.items():
            if region.structure in structures and label < len(number):
                number[label] = index
    lobe = number[labels]
    nearest = distance_transform_edt(lobe == 0, return_distances=False, return_indices=True)
    lobe = lobe[tuple(nearest)]
    sigma = FADE_MM / spec.spacing
    return np.stack([gaussian_filter((lobe == index + 1).astype(float), sigma) for index in range(len(LOBES))])


def _paid_near(change: np.ndarray, payer: np.ndarray, sigma: float) -> np.ndarray:
    """Return changes of volume (X, Y, Z) with their sum taken back from ``payer`` within ``sigma`` voxels."""
    near = gaussian_filter(payer, sigma, mode="constant")
    share = np.divide(change, near, out=np.zeros_like(change), where=near > _NONE)
    balanced: np.ndarray = change - payer * gaussian_filter(share, sigma, mode="constant")
    # what the filter lost beyond its edges is paid by all payers alike
    return balanced - payer * (balanced.sum() / payer.sum())
