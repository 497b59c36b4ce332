"""An edit that moves the subject's own anatomy: velocities and contrast learned jointly over a cohort.

Every training scan is aligned with the cohort's template; velocities and warped intensities are regressed on age,
sex and head size together (deformation-based morphometry, Ashburner et al. 1998, HBM 6:348), the effects shrunk by
what chance gives. A scan x with velocity v, changed by Δv and by the contrast Δγ, becomes

    x ∘ ψ + Δγ ∘ exp(−v − Δv),   ψ = id + (exp(v) ∘ exp(−v − Δv) − exp(v) ∘ exp(−v)),

so that what no model can reconstruct moves along and stays. exp(−v − Δv) takes a point of the edited scan to the
template, and exp(v) from there to the scan. Of exact flows exp(v) ∘ exp(−v) is the identity, and the subtraction
does nothing: ψ = exp(v) ∘ exp(−v − Δv). Of flows by scaling and squaring on voxels it is off by fractions of a
voxel, the same with a step as without, and is taken out: ψ = id where Δv = 0, to the last bit. An edit by nothing
therefore cannot fail, and no table counts that in the edit's favour; going there and back can, and is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from brainaging.networks import Alignment, VelocityLattice
from brainaging.pipeline.counterfactual.cohort_alignment import ALIGNED, thinned
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.runtime import counted
from brainaging.transforms import GridSpec, get_grid, place

#: of the splines by which an edited scan is read between its voxels: the highest that scipy has. Sensitivity: with
#: linear reading (1) most of the error of going there and back was blur
DEGREE = 5
#: how many calls' alignments, and how many bytes of flows, an edit keeps: the same scans are moved by many
#: effects, and where they lie is the same for all. Sensitivity: costs time and memory only
KEPT_COHORTS, KEPT_BYTES = 8, 128 * 2**20


def resampled(volume: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Return a volume (X, Y, Z) at x + ``shift`` (3, X, Y, Z) voxels; beyond the field of view lies 0.

    By interpolating B-splines of fifth degree (Unser 1999, IEEE Signal Process Mag 16:22): what a narrow ventricle
    gains in ten years at 4 mm is less than what linear interpolation blurs away. A voxel that does not move keeps
    its value, to the last bit.
    """
    places = np.nonzero(shift.any(axis=0))
    result: np.ndarray = np.array(volume, dtype=np.float32)
    where = [index + axis[places] for index, axis in zip(places, shift, strict=True)]
    result[places] = map_coordinates(result, where, order=DEGREE, mode="grid-constant")
    return result


@dataclass
class Deformation:
    """A fitted edit.

    Attributes:
        grid: of the scans that it edits.
        design: of age, sex and head size.
        alignment: with the template.
        velocities: (q, 3a) effects on velocities, mm.
        contrast: (q, v) effects on warped intensities.
        covariates: what it can change.
    """

    grid: GridSpec
    design: Design
    alignment: Alignment
    velocities: np.ndarray
    contrast: np.ndarray
    name: str = "deformation"
    covariates: tuple[str, ...] = ("age", "sex", "head_size")

    def align(self, volumes: np.ndarray, people: Covariates) -> np.ndarray:
        """Return the velocities (n, 3a) of scans (n, X, Y, Z), which are expected where their covariates put
        them.
        """
        rows = self.design.matrix(people)
        key = sha256(volumes.tobytes() + rows.tobytes()).digest()
        if key not in self._aligned:
            if len(self._aligned) >= KEPT_COHORTS:
                self._aligned.pop(next(iter(self._aligned)))
            expected = torch.from_numpy(rows @ self.velocities).float()
            self._aligned[key] = self.alignment.align(thinned(volumes, self.grid), expected).numpy()
        return self._aligned[key].copy()

    @cached_property
    def _aligned(self) -> dict[bytes, np.ndarray]:
        """Return alignments by the hash of what was aligned."""
        return {}

    def predicted_change(
        self, volumes: np.ndarray, before: Covariates, after: Covariates, velocities: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans from covariates ``before`` to ``after``.

        ``velocities`` (n, 3a) of the scans, where they are known, are not estimated again.
        """
        own = self.align(volumes, before) if velocities is None else velocities
        return self.change_by(volumes, own, self.velocity_step(before, after), self.contrast_step(before, after))

    def change_by(
        self, volumes: np.ndarray, velocities: np.ndarray, velocity_steps: np.ndarray, contrast_steps: np.ndarray
    ) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans with ``velocities`` (n, 3a) by Δv ``velocity_steps`` (n, 3a),
        mm, and Δγ ``contrast_steps`` (n, v).
        """
        people = zip(volumes, velocities, velocity_steps, contrast_steps, strict=True)
        count = len(volumes)
        changes = [
            self.warp_change(volume, velocity, step)[0] + self.contrast_change(contrast, velocity + step)
            for volume, velocity, step, contrast in counted(people, "editing scans", count, announce=count > 1)
        ]
        return np.stack(changes) if changes else np.zeros_like(volumes)

    def velocity_step(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes Δv (n, 3a) of velocities, mm."""
        steps: np.ndarray = (self.design.covariate_step(before, after) @ self.velocities).astype(np.float32)
        return steps

    def contrast_step(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes Δγ (n, v) of intensities in the template's shape."""
        steps: np.ndarray = (self.design.covariate_step(before, after) @ self.contrast).astype(np.float32)
        return steps

    @cached_property
    def _lattice(self) -> VelocityLattice:
        """Return the same knots on the voxels of the edit's grid."""
        return VelocityLattice(self.grid.shape[0], self.grid.spacing, self.alignment.lattice.knots_mm)

    def _flow(self, velocity: np.ndarray) -> torch.Tensor:
        """Return exp(v) − id (1, 3, X, Y, Z) in voxels of the edit's grid."""
        return self._flows(velocity.astype(np.float32).tobytes())

    @cached_property
    def _flows(self) -> Callable[[bytes], torch.Tensor]:
        size = 3 * 4 * int(np.prod(self.grid.shape))

        @lru_cache(max(3, KEPT_BYTES // size))
        def flow(velocity: bytes) -> torch.Tensor:
            full = self.alignment.coefficients(torch.tensor(np.frombuffer(velocity, np.float32)[None]))
            return self._lattice.exponential(self._lattice.velocity(full))

        return flow

    @torch.no_grad()
    def warp_change(
        self, volume: np.ndarray, velocity: np.ndarray, velocity_step: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return x ∘ ψ − x of one scan (X, Y, Z), and ψ − id (3, X, Y, Z) in mm.

        Args:
            volume: x, (X, Y, Z).
            velocity: v, (3a,), mm.
            velocity_step: Δv, (3a,), mm.
        """
        lattice = self._lattice
        out, back, stepped = (self._flow(each) for each in (velocity, -velocity, -velocity - velocity_step))
        # less the round trip of no step, so that no step is no change, to the last bit
        shift = (stepped + lattice.at(out, stepped)) - (back + lattice.at(out, back))
        voxels = shift[0].numpy()
        return resampled(volume, voxels) - volume, voxels * self.grid.spacing

    @torch.no_grad()
    def contrast_change(self, contrast_step: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Return Δγ (v,), in the template's shape, on the scan (X, Y, Z) of velocity (3a,)."""
        coarse = get_grid(ALIGNED)
        image = place(contrast_step.reshape(coarse.shape), coarse.affine, self.grid)
        changed: np.ndarray = self._lattice.at(torch.from_numpy(image)[None, None], self._flow(-velocity))[
            0, 0
        ].numpy()
        return changed
