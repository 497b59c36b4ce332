"""A head becomes as large in an edit as is requested.

Smooth alignment holds heads back: within a sex, the sizes that it measures differ less than heads do. A per cent
of measured size is then more than a per cent of a head, and an edit learned from it would overshoot.
"""

import logging
from dataclasses import replace

import numpy as np

from brainaging.pipeline.counterfactual.covariates import HEAD_SIZE, Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.measures.tissue import head_sizes

log = logging.getLogger(__name__)
#: by which small heads are enlarged and large ones made smaller: about the difference of the sexes, and within
#: what heads of one sex differ by. Sensitivity: not measured; tissue follows the logarithm of size nearly
#: linearly
STEP = 1.1
#: scans on which that is tried. Sensitivity: not measured; a slope over 24
SHOWN = 24
#: bounds of the correction: what is off by more than twice was not measured but chance. Sensitivity: bounds only
LEAST, MOST = 0.5, 2.0


def sized_as_requested(
    edit: Deformation, volumes: np.ndarray, velocities: np.ndarray, people: Covariates, own_scale: np.ndarray
) -> Deformation:
    """Return ``edit`` with head size's effect scaled so that tissue volume changes by the share that is requested.

    Where registration scaled the scans, the grid does not show how large heads are, and nothing is changed; nor
    where head size is no part of the design.

    Args:
        edit: what was learned.
        volumes: (n, X, Y, Z) scans that it was learned from, on its grid.
        velocities: (n, 3a) of their alignment.
        people: their covariates.
        own_scale: (n,) volume of the head itself by that on the grid: 1 where registration left it alone.
    """
    if np.any(own_scale != 1) or HEAD_SIZE not in edit.design.columns():
        return edit
    log.info("fitting how heads follow the size that is requested")
    shown = np.linspace(0, len(people) - 1, min(SHOWN, len(people))).round().astype(int)
    scans, before = volumes[shown], people[shown]
    steps = np.where(before.head_size > np.median(before.head_size), -1.0, 1.0) * np.log(STEP)
    after = before.with_head_size(before.head_size * np.exp(steps))
    edited = scans + edit.predicted_change(scans, before, after, velocities[shown])
    changes = np.log(head_sizes(edited, edit.grid.spacing) / head_sizes(scans, edit.grid.spacing))
    slope = float(steps @ changes) / float(steps @ steps)
    if not slope > 0:
        return edit
    factor = float(np.clip(1 / slope, LEAST, MOST))
    log.info("head size: %.2f of what is requested, scaled by %.2f", slope, factor)
    column = edit.design.columns().index(HEAD_SIZE)
    effects, contrast = edit.velocities.copy(), edit.contrast.copy()
    effects[column] *= factor
    contrast[column] *= factor
    return replace(edit, velocities=effects, contrast=contrast)
