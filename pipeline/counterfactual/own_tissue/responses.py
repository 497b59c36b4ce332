"""What a cohort's alignment makes of motions of known size: the measure of the measure.

Alignment is smooth, blind within a voxel, and held back; what it shows of a motion is not the motion. So some
training scans are moved by every component forwards and backwards and aligned again: the mean difference is what a
unit of the component looks like to it (indirect inference: Gouriéroux, Monfort and Renault 1993, J Appl Econom
8:S85). Amplitudes for which the components look as the covariates do are then as large as what they stand for.
"""

from dataclasses import dataclass

import numpy as np
import torch

from brainaging.networks import VelocityLattice
from brainaging.pipeline.counterfactual.cohort_alignment import (
    ROUNDS,
    AlignedCohort,
    mirror_images,
    mirror_velocities,
    thinned,
)
from brainaging.pipeline.counterfactual.cohort_alignment import STEPS as STEPS_A_ROUND
from brainaging.pipeline.counterfactual.own_tissue.components import COMPONENTS, MOTIONS, own_tissue
from brainaging.pipeline.counterfactual.own_tissue.flow import brightening, flow
from brainaging.pipeline.counterfactual.own_tissue.reading import resampled
from brainaging.pipeline.runtime import counted, counting
from brainaging.transforms import GridSpec

#: scans that are moved: one of twenty, within these bounds. Few people leave an effect so uncertain that how
#: exactly a response is known matters little. Sensitivity: of twelve, on a scratch cohort of real anatomies,
#: amplitudes grew by 3 to 10 % when what these scans differ in was taken out
ONE_OF, FEWEST, MOST = 20, 2, 12
#: changes by which they are moved and brightened: of ventricles' and of tissue's log volume, of intensity, where
#: white matter has about 1. What some decades do. Sensitivity: not measured; alignment is nearly linear in them
VENTRICLES_STEP, TISSUE_STEP, INTENSITY_STEP = 0.2, 0.05, 0.03
STEPS = np.array(
    [VENTRICLES_STEP, *[TISSUE_STEP] * (len(MOTIONS) - 1), *[INTENSITY_STEP] * (len(COMPONENTS) - len(MOTIONS))]
)


@dataclass(frozen=True)
class Responses:
    """What alignment makes of a unit of every component, left and right alike.

    Attributes:
        velocities: (k, 3a) mm.
        warped: (k, v) changes of warped intensities.
    """

    velocities: np.ndarray
    warped: np.ndarray


def responses(aligned: AlignedCohort, volumes: np.ndarray, grid: GridSpec, expected: np.ndarray) -> Responses:
    """Move scans by every component and align them again.

    Args:
        aligned: the training cohort.
        volumes: (n, X, Y, Z) its scans.
        grid: of the scans.
        expected: (n, 3a) velocities where the covariates put them.
    """
    alignment = aligned.alignment
    lattice = VelocityLattice(grid.shape[0], grid.spacing, alignment.lattice.knots_mm)
    moves = np.concatenate([np.diag(STEPS), -np.diag(STEPS)])
    count = int(np.clip(len(volumes) // ONE_OF, FEWEST, MOST))
    rows = np.linspace(0, len(volumes) - 1, count).round().astype(int)
    moved = []
    for row in counted(rows, "moving scans by motions of known size"):
        scan, tissue = volumes[row], own_tissue(volumes[row], grid)
        moved += [
            resampled(scan + brightening(tissue, move, grid), flow(tissue, -move, grid, lattice)[0].numpy())
            for move in moves
        ]
    brains = thinned(np.stack(moved), grid)
    own = torch.from_numpy(np.repeat(expected[rows], len(moves), axis=0)).float()
    every = np.tile(moves, (len(rows), 1))
    found, slopes = own.clone(), np.zeros((len(STEPS), alignment.size))
    with counting("aligning what was moved, steps", ROUNDS * STEPS_A_ROUND) as advance:
        for _ in range(ROUNDS):
            # a cohort's alignment expects its own effects too, from the second round on
            here = own + torch.from_numpy(every @ slopes).float()
            for _ in range(STEPS_A_ROUND):
                found = alignment.step(brains, found, here)
                advance()
            slopes = _slopes(found.numpy(), len(rows))
            slopes = (slopes + mirror_velocities(alignment, slopes)) / 2
    pulled = alignment.pulled(brains, found).numpy().reshape(len(found), -1)
    warped = _slopes(pulled, len(rows))
    return Responses(slopes, (warped + mirror_images(warped)) / 2)


def _slopes(values: np.ndarray, scans: int) -> np.ndarray:
    """Return (k, p) mean differences of values (scans · 2k, p), forwards and then backwards, per unit."""
    forwards, backwards = values.reshape(scans, 2, len(STEPS), -1).mean(axis=0, dtype=float)
    slopes: np.ndarray = (forwards - backwards) / (2 * STEPS[:, None])
    return slopes
