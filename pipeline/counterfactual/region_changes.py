"""How an edit changes the volumes of a scan's regions, with intervals whose limits are said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from scipy.ndimage import binary_dilation

from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.cohort_alignment import ALIGNED, aligned_grid
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.learn import DRAWS, Learned
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas_on_grid
from brainaging.transforms import GridSpec, place

#: voxels of the aligned grid below which a region's mean Jacobian is that of its surroundings: 0.9 mL.
#: Sensitivity: which regions are listed, and no number of those that are
FEWEST_VOXELS = 4
VENTRICLES = ("lateral_ventricle", "inf_lat_vent", "3rd_ventricle")
#: share of true changes of volume that intervals held, in per cent, by benchmarks/edit_intervals.py: every region
#: of 10 people of `lifespan` (seed 71), 150 others learned from at 6 mm
COVERAGE = {"ten years": 15, "sex": 26}
#: how much of the true changes of the same regions the table shows: Σ found · true / Σ true², by the same command
RECOVERED = {"ten years": 0.53, "sex": 0.40}
#: what the intervals of regions.csv are, and what they are not
INTERVALS = (
    f"Intervals of regions are percentiles 2.5 and 97.5 of {DRAWS} refits of the effects to families drawn anew. "
    "Alignment, what it makes of tissue, variances and the calibration of head size are held fixed, and "
    f"people age at rates of their own: of simulated people's true changes they held {COVERAGE['ten years']} % in "
    f"ten years and {COVERAGE['sex']} % by sex, far from 95 %. At voxels of some mm structures run into their "
    f"surroundings: the table shows about {RECOVERED['ten years']:.2f} of true changes in ten years and "
    f"{RECOVERED['sex']:.2f} by sex."
)


@dataclass(frozen=True)
class OwnLabels:
    """An atlas on a scan.

    Attributes:
        labels: (X, Y, Z) on the aligned grid.
        regions: what they name.
    """

    labels: np.ndarray
    regions: Mapping[int, Region]

    @classmethod
    def of(cls, learned: Learned, velocity: np.ndarray) -> "OwnLabels":
        """Move Desikan-Killiany's atlas and aseg onto the scan of ``velocity`` (1, 3a)."""
        coarse = aligned_grid(learned.edit.grid)
        labels, regions = atlas_on_grid(DESIKAN_KILLIANY, coarse)
        alignment = learned.edit.alignment
        with torch.no_grad():
            back = alignment.flow(torch.from_numpy(-velocity))
            where = (alignment.lattice.points + back)[0].round().long().clamp(0, coarse.shape[0] - 1).numpy()
        return cls(labels[where[0], where[1], where[2]], regions)

    @cached_property
    def counts(self) -> np.ndarray:
        """Voxels (k,) of every label from 0 on."""
        return np.bincount(self.labels.ravel(), minlength=max(self.regions) + 1)

    @cached_property
    def large(self) -> list[int]:
        """The labels of at least four voxels."""
        return [label for label in sorted(self.regions) if self.counts[label] >= FEWEST_VOXELS]

    def means(self, values: np.ndarray) -> np.ndarray:
        """Return the means of values (X, Y, Z) over the :attr:`large` labels."""
        counts = self.counts
        sums = np.bincount(self.labels.ravel(), values.ravel(), minlength=len(counts))
        means: np.ndarray = sums[self.large] / counts[self.large]
        return means

    def ventricles(self, grid: GridSpec) -> np.ndarray:
        """Return where ventricles lie, (X, Y, Z) bool on ``grid``, with a voxel of the labels around."""
        named = [label for label, region in self.regions.items() if region.structure in VENTRICLES]
        around = binary_dilation(np.isin(self.labels, named)).astype(np.float32)
        return place(around, aligned_grid(grid).affine, grid) > 0.5


def region_changes(
    volume: np.ndarray,
    learned: Learned,
    velocity: np.ndarray,
    own: OwnLabels,
    before: Covariates,
    after: Covariates,
) -> pd.DataFrame:
    """Return the change of every region's volume in per cent, by the mean Jacobian of the motion over it.

    Columns: structure, hemisphere, volume_change_percent, bootstrap_low, bootstrap_high, voxels_of_t1w_32. What
    the last but one are is in :data:`INTERVALS`; what they cover is measured by ``benchmarks/edit_intervals.py``.

    Args:
        volume: (X, Y, Z) the scan on the model's grid.
        learned: the edit and its draws.
        velocity: (1, 3a) of the scan.
        own: its labels.
        before, after: one row each.
    """
    coarse = aligned_grid(learned.edit.grid)
    small = replace(learned.edit, grid=coarse)
    step = learned.edit.design.covariate_step(before, after)[0]
    tissue = None if learned.edit.amplitudes is None else learned.edit.tissue_of(volume)

    def percent(effects: np.ndarray, amplitudes: np.ndarray) -> np.ndarray:
        velocity_step = (step @ effects).astype(np.float32)
        shift = small.destination(velocity[0], velocity_step, tissue, step @ amplitudes)
        return 100 * (own.means(jacobian_determinant(torch.from_numpy(shift), coarse.spacing).numpy()) - 1)

    draws = np.stack([percent(*draw) for draw in zip(learned.draws, learned.tissue_draws, strict=True)])
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    named = [own.regions[label] for label in own.large]
    return pd.DataFrame(
        {
            "structure": [region.structure for region in named],
            "hemisphere": [region.hemisphere for region in named],
            "volume_change_percent": percent(learned.edit.velocities, learned.edit.tissue_effects),
            "bootstrap_low": low,
            "bootstrap_high": high,
            "voxels_of_" + ALIGNED: own.counts[own.large],
        }
    )
