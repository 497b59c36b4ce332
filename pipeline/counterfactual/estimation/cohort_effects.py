"""The effects of a design on a cohort: on velocities, on warped intensities, and on people's own tissue."""

from functools import partial

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import AlignedCohort, mirror_images, mirror_velocities
from brainaging.pipeline.counterfactual.covariates import HEAD_SIZE, Design
from brainaging.pipeline.counterfactual.estimation.shrunk_effects import Effects, Known, Measures
from brainaging.pipeline.counterfactual.own_tissue.responses import STEPS, Responses


def effects(
    aligned: AlignedCohort, rows: np.ndarray, groups: np.ndarray, shown: Responses, design: Design
) -> Effects:
    """Return the effects on velocities and on warped intensities, in this order, and on tissue.

    Head size moves no tissue by itself: motions keep what stands inside the skull.

    Args:
        aligned: the training cohort.
        rows: (n, q) its design.
        groups: (n,) its families.
        shown: what alignment makes of changes of tissue.
        design: whose columns the rows have.
    """
    columns = design.columns()
    moving = tuple(column for column in range(1, len(columns)) if columns[column] != HEAD_SIZE)
    mirror = partial(mirror_velocities, aligned.alignment)
    motion = Measures(aligned.velocities, mirror, shown.velocities)
    contrast = Measures(aligned.warped.reshape(len(rows), -1), mirror_images, shown.warped)
    return Effects.fit([motion, contrast], rows, groups, Known(STEPS, moving))
