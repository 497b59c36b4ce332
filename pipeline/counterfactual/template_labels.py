"""Labels of structures for brains that nobody labelled: the template's, carried along by alignment."""

import numpy as np
import torch
import torch.nn.functional as F

from brainaging.networks.alignment import Alignment
from brainaging.pipeline.counterfactual.cohort_alignment import aligned_grid, new_alignment, thinned
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.runtime import counted
from brainaging.transforms import GridSpec, template_volume

#: Gauss-Newton steps of a brain's alignment. Sensitivity: not measured; a cohort's scans take six
STEPS = 6
#: brains that are aligned at once
BATCH = 32


def template_alignment(grid: GridSpec) -> Alignment:
    """Return the alignment at 6 mm of the template with brains on ``grid``.

    Raises:
        UserError: another grid than a cube of 192 mm in RAS.
    """
    alignment = new_alignment()
    alignment.set_template(torch.from_numpy(template_volume(aligned_grid(grid)).astype(np.float32)))
    return alignment


def template_velocities(alignment: Alignment, volumes: np.ndarray, grid: GridSpec) -> torch.Tensor:
    """Return the velocities (n, 3a) that take the template to brains (n, X, Y, Z) on ``grid``."""
    scans = thinned(volumes, grid)
    return alignment.align(scans, torch.zeros(len(scans), alignment.size), STEPS)


@torch.no_grad()
def template_labels(volumes: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Return labels (n, X, Y, Z) int32 of brains (n, X, Y, Z): Desikan-Killiany's parcels and aseg's structures.

    The template is aligned with each brain at 6 mm (:class:`brainaging.networks.Alignment`), and its labels are
    read where each of the brain's voxels comes from: nearest neighbour. Folds are those of the template and not
    the brain's own; what that makes of labels near the cortex, ``benchmarks/generated_labels.py`` prints.

    Raises:
        UserError: another grid than a cube of 192 mm in RAS.
    """
    coarse, alignment = aligned_grid(grid), template_alignment(grid)
    labels, _ = atlas_on_grid(DESIKAN_KILLIANY, grid)
    axes = torch.meshgrid(*[torch.arange(size).float() for size in grid.shape], indexing="ij")
    points, last = torch.stack(axes), torch.tensor(grid.shape)[:, None, None, None] - 1
    found = np.empty(volumes.shape, dtype=np.int32)
    batches = [slice(first, first + BATCH) for first in range(0, len(volumes), BATCH)]
    for rows in counted(batches, "labelling brains, batches", len(batches), announce=False):
        velocities = template_velocities(alignment, volumes[rows], grid)
        # from the brain back to the template, in the aligned grid's voxels
        back = alignment.flow(-velocities) * (coarse.spacing / grid.spacing)
        if coarse.shape != grid.shape:
            back = F.interpolate(back, size=grid.shape, mode="trilinear", align_corners=False)
        place = torch.minimum((points + back).round().long().clamp(min=0), last).numpy()
        found[rows] = labels[place[:, 0], place[:, 1], place[:, 2]]
    return found
