"""Volumes of structures by registration: the template's, times what alignment with a brain stretches them by."""

import numpy as np
import torch

from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.cohort_alignment import aligned_grid
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES, structure_by_label
from brainaging.pipeline.counterfactual.template_labels import BATCH, template_alignment, template_velocities
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.runtime import counted
from brainaging.transforms import GridSpec

#: what is measured, and the word that names of its structures hold
_MEASURED = (("ventricles", "ventricle"), ("cortex", "cortex"))


@torch.no_grad()
def registered_volumes(volumes: np.ndarray, grid: GridSpec) -> dict[str, np.ndarray]:
    """Return volumes (n,) in mL of ventricles and cortex of brains (n, X, Y, Z): the Jacobian over their labels.

    Alignment at 6 mm finds a part of what people differ by; how much, ``benchmarks/generators.py`` prints.

    Raises:
        UserError: another grid than a cube of 192 mm in RAS.
    """
    coarse, alignment = aligned_grid(grid), template_alignment(grid)
    of = structure_by_label()[atlas_on_grid(DESIKAN_KILLIANY, coarse)[0]]
    inside = {
        name: np.isin(of, [number for number, known in enumerate(NAMES, start=1) if word in known])
        for name, word in _MEASURED
    }
    found: dict[str, list[float]] = {name: [] for name in inside}
    batches = [slice(first, first + BATCH) for first in range(0, len(volumes), BATCH)]
    for rows in counted(batches, "registering brains, batches", len(batches), announce=False):
        for flow in alignment.flow(template_velocities(alignment, volumes[rows], grid)):
            stretch = jacobian_determinant(flow, 1.0).numpy()
            for name, where in inside.items():
                found[name].append(float(stretch[where].sum()) * coarse.voxel_ml)
    return {name: np.array(values) for name, values in found.items()}
