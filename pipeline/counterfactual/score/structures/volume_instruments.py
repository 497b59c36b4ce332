"""Instruments that measure how the volumes of a person's structures change from a scan to an edited image.

They share neither code nor masks with an edit: where structures lie in the scan is what the scenario itself put
there. :mod:`.instrument_validation` says what each recovers of true changes; the score uses the better one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import binary_dilation, gaussian_filter

from brainaging.pipeline.counterfactual.score.structures.structure_labels import OF_VENTRICLES, STRUCTURES
from brainaging.transforms import GridSpec

#: of demons. Sensitivity (10 people of `lifespan`, ten years at 4 mm, skill over the structures it sees): 0.83
#: with 5, 0.87 with 10 and with 20
ITERATIONS = 10
#: standard deviation, in voxels, of the Gaussian that smooths demons' field. Sensitivity (the same people): skill
#: 0.90 at 0.8, 0.87 at 1, 0.81 at 1.3; sex 0.84, 0.85 and 0.85
SMOOTHING_VOXELS = 1.0
#: intensity above which a voxel is brain, for the box that is registered, and the box's margin in voxels.
#: Sensitivity: of time alone
BRAIN, MARGIN = 0.1, 2
#: standard deviation, in voxels, by which a structure's labels are widened where tissue is counted. Sensitivity:
#: not measured; skill is a third of registration's
_WIDER_VOXELS = 1.0


def half_step_affine(grid: GridSpec) -> np.ndarray:
    """Return the affine (4, 4) of a grid's lattice at half its step: eight points in each of its voxels."""
    affine = grid.affine.copy()
    affine[:3, :3] /= 2
    affine[:3, 3] -= affine[:3, :3].sum(axis=1) / 2
    return affine


@dataclass(frozen=True)
class LabelledScan:
    """A scan, and where its structures lie.

    Attributes:
        scan: (X, Y, Z), normalised.
        labels: (2X, 2Y, 2Z) of structures at half the grid's step, 0 for none.
        spacing: of the scan, mm.
    """

    scan: np.ndarray
    labels: np.ndarray
    spacing: float

    def volumes(self, expansion: np.ndarray | None = None) -> np.ndarray:
        """Return the structures' volumes (s,) in mL, each voxel grown by ``expansion`` (X, Y, Z) if given."""
        eight = self._by_voxel()
        weights = None
        if expansion is not None:
            weights = np.broadcast_to(expansion[:, None, :, None, :, None], eight.shape).ravel()
        counts = np.bincount(eight.ravel(), weights, minlength=len(STRUCTURES) + 1)[1:]
        volumes: np.ndarray = counts * (self.spacing / 2) ** 3 / 1000
        return volumes

    def shares(self) -> np.ndarray:
        """Return each structure's share of every voxel, (s, X, Y, Z)."""
        eight = self._by_voxel()
        return np.stack([(eight == label).mean(axis=(1, 3, 5)) for label in range(1, len(STRUCTURES) + 1)])

    def _by_voxel(self) -> np.ndarray:
        x, y, z = self.scan.shape
        return self.labels.reshape(x, 2, y, 2, z, 2)


def by_registration(labelled: LabelledScan, edited: np.ndarray) -> np.ndarray:
    """Return the structures' changes of volume (s,) in mL from a scan to ``edited`` (X, Y, Z).

    The edited image is registered to the scan, and the deformation's Jacobian is integrated over the scan's own
    labels. Symmetric forces (Vercauteren et al. 2009, NeuroImage 45:S61) as SimpleITK has them, on one thread.
    """
    held = binary_dilation(labelled.scan > BRAIN, iterations=MARGIN)
    spans = [np.flatnonzero(held.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3)]
    box = tuple(slice(span[0], span[-1] + 1) for span in spans)
    images = [sitk.GetImageFromArray(volume[box].T.astype(np.float32)) for volume in (labelled.scan, edited)]
    for image in images:
        image.SetSpacing([labelled.spacing] * 3)
    demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
    demons.SetNumberOfThreads(1)
    demons.SetNumberOfIterations(ITERATIONS)
    demons.SetSmoothDisplacementField(True)
    demons.SetStandardDeviations(SMOOTHING_VOXELS)
    field = demons.Execute(*images)
    expansion = np.ones(labelled.scan.shape)
    expansion[box] = sitk.GetArrayFromImage(sitk.DisplacementFieldJacobianDeterminant(field, True)).T
    changes: np.ndarray = labelled.volumes(expansion) - labelled.volumes()
    return changes


def by_tissue_share(labelled: LabelledScan, edited: np.ndarray) -> np.ndarray:
    """Return the structures' changes of volume (s,) in mL by the share of tissue, of ventricles of fluid, in and
    around the scan's own labels: what is darker than grey matter is partly fluid.
    """
    shares = labelled.shares()
    cortex = shares[~OF_VENTRICLES].max(axis=0) == 1
    grey = float(np.median(labelled.scan[cortex]))
    fluid, edited_fluid = (np.clip(1 - volume / grey, 0, 1) for volume in (labelled.scan, edited))
    near = np.stack([np.clip(2 * gaussian_filter(share, _WIDER_VOXELS), 0, 1) for share in shares])
    gained = np.tensordot(near, edited_fluid - fluid, 3) * labelled.spacing**3 / 1000
    changes: np.ndarray = np.where(OF_VENTRICLES, gained, -gained)
    return changes


Instrument = Callable[[LabelledScan, np.ndarray], np.ndarray]
#: by their codes in results; the first is the score's, because it validates better
INSTRUMENTS: dict[str, Instrument] = {"registration": by_registration, "tissue_share": by_tissue_share}
