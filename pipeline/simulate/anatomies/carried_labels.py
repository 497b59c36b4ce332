"""FreeSurfer's structures in a scan: the template's labels carried to it, and ventricles that are its own."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_propagation, distance_transform_edt

from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE
from brainaging.pipeline.simulate.anatomies.placed_scan import GRID, VOXELS
from brainaging.transforms import aparc_aseg

VENTRICLES = (4, 43, 5, 44, 14, 31, 63)
"""Lateral and third ventricles, their horns and their choroid plexus, as numbered in ``aparc+aseg``. The fourth is
none of them: the template's phantom has none there either."""
OTHER_FLUID = (15, 24)
"""The fourth ventricle, and fluid outside."""
WHITE = (2, 41, 77, 251, 252, 253, 254, 255)
"""White matter of the cerebrum."""
CEREBELLUM = (7, 8, 46, 47)
FIRST_PARCEL = 1000
"""From here on labels are parcels of the cortex."""
REACH_MM = 8.0
"""How far a scan's ventricles may reach beyond the template's carried to it. Sensitivity: see
benchmarks/anatomies.py, which prints Dice with FreeSurfer's."""

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]
Shares = NDArray[np.float32]


def carry_labels(in_template: NDArray[np.float32]) -> Labels:
    """Return the template's labels at points (…, 3) in the template's mm: nearest neighbour, 0 beyond it."""
    labels, affine = aparc_aseg()
    to_voxel = np.linalg.inv(affine).astype(np.float32)
    index = np.rint(in_template @ to_voxel[:3, :3].T + to_voxel[:3, 3]).astype(np.intp)
    inside = ((index >= 0) & (index < labels.shape)).all(axis=-1)
    carried = np.zeros(in_template.shape[:-1], dtype=np.int32)
    carried[inside] = labels[tuple(index[inside].T)]
    return carried


def own_ventricles(carried: Labels, fluid: Shares, brain: Mask) -> Shares:
    """Return the share (X, Y, Z) of each voxel that is the scan's own ventricles.

    They are fluid that is connected with fluid in the carried ventricles, near these, and nearer to them than to
    the cortex, the cerebellum, the brain stem, other fluid or what lies outside; a partly filled voxel beside them
    is theirs by its share.

    Args:
        carried: labels.
        fluid: share of each voxel.
        brain: what stands inside the skull.
    """
    expected = np.isin(carried, VENTRICLES) & brain
    foreign = (
        ~brain | (carried >= FIRST_PARCEL) | (carried == 0) | np.isin(carried, (*OTHER_FLUID, *CEREBELLUM, 16))
    )
    towards = distance_transform_edt(~expected)
    allowed = (towards < REACH_MM) & (towards < distance_transform_edt(~foreign))
    filled = fluid > 0.5
    core = binary_propagation(expected & filled, mask=filled & allowed)
    return (fluid * (binary_dilation(core) & allowed)).astype(np.float32)


def cortex_and_cerebellum(carried: Labels, grey: Shares) -> tuple[Shares, Shares]:
    """Return the shares of grey matter that are the cortex's and the cerebellum's.

    What the atlas leaves empty belongs to the label that is nearest: folds differ from person to person.
    """
    named = carried.copy()
    named[np.isin(carried, (*OTHER_FLUID, *VENTRICLES))] = 0
    nearest = distance_transform_edt(named == 0, return_distances=False, return_indices=True)
    filled = named[tuple(nearest)]
    cerebellum = np.isin(filled, CEREBELLUM)
    cortex = (filled >= FIRST_PARCEL) | np.isin(filled, WHITE)
    return grey * cortex, grey * cerebellum


def structures(carried: Labels, ventricles: Shares, brain: Mask) -> Labels:
    """Return the labels at the fields' lattice points: carried ones, and ventricles where the scan has its own."""
    own = carried.copy()
    expected = np.isin(carried, VENTRICLES)
    mine = ventricles > 0.5
    own[mine] = _nearest(carried, expected)[mine]
    gone = expected & ~mine
    own[gone] = _nearest(carried, ~expected & (carried > 0))[gone]
    own[~brain] = 0
    where = (LATTICE.points().numpy() - np.array(VOXELS.origin)) / VOXELS.step
    index = np.rint(where).astype(np.intp)
    inside = ((index >= 0) & (index < GRID.shape)).all(axis=-1)
    sampled = np.zeros(LATTICE.shape, dtype=np.int32)
    sampled[inside] = own[tuple(index[inside].T)]
    return sampled


def _nearest(labels: Labels, among: Mask) -> Labels:
    index = distance_transform_edt(~among, return_distances=False, return_indices=True)
    return labels[tuple(index)]
