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

Beside what the template's splines carry, the scan's own tissue moves and brightens
(:mod:`~brainaging.pipeline.counterfactual.own_tissue`): its ventricles, lobes and white matter, by amplitudes that
the covariates change, (x + Δι) ∘ exp(−w) in place of x. Folds and ventricles are one's own, and no field that is
smooth on a template follows them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

import numpy as np
import torch

from brainaging.networks import Alignment, VelocityLattice
from brainaging.pipeline.counterfactual.cohort_alignment import ALIGNED, thinned
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.own_tissue import OwnTissue, own_tissue
from brainaging.pipeline.counterfactual.own_tissue.flow import brightening, flow
from brainaging.pipeline.counterfactual.own_tissue.reading import resampled
from brainaging.pipeline.runtime import counted
from brainaging.transforms import GridSpec, get_grid, place

#: how many calls' alignments, and how many bytes of flows, an edit keeps: the same scans are moved by many
#: effects, and where they lie is the same for all. Sensitivity: costs time and memory only
KEPT_COHORTS, KEPT_BYTES = 8, 128 * 2**20
#: how many scans' tissue an edit keeps, a megabyte each. Sensitivity: costs time and memory only
KEPT_TISSUE = 256


@dataclass(frozen=True)
class Motion:
    """What an edit does to one scan on the edit's grid, to be applied to any image that lies there.

    Attributes:
        displacement: (3, X, Y, Z) where each point of the edited scan reads the scan, less where it is: mm, RAS.
        intensity: (X, Y, Z) what is added to what it reads there.
    """

    displacement: np.ndarray
    intensity: np.ndarray


@dataclass
class Deformation:
    """A fitted edit.

    Attributes:
        grid: of the scans that it edits.
        design: of age, sex and head size.
        alignment: with the template.
        velocities: (q, 3a) effects on velocities, mm.
        contrast: (q, v) effects on warped intensities.
        amplitudes: (q, k) effects on the scan's own tissue, log volume; None where it does not move by itself.
        expected: (q, 3a) what alignment sees of both, mm; None where that is ``velocities``.
        covariates: what it can change.
    """

    grid: GridSpec
    design: Design
    alignment: Alignment
    velocities: np.ndarray
    contrast: np.ndarray
    amplitudes: np.ndarray | None = None
    expected: np.ndarray | None = None
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
            expected = torch.from_numpy(rows @ self.seen).float()
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
        return self.change_by(
            volumes,
            own,
            self.velocity_step(before, after),
            self.contrast_step(before, after),
            self.tissue_step(before, after),
        )

    def change_by(
        self,
        volumes: np.ndarray,
        velocities: np.ndarray,
        velocity_steps: np.ndarray,
        contrast_steps: np.ndarray,
        tissue_steps: np.ndarray,
    ) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans with ``velocities`` (n, 3a) by Δv ``velocity_steps`` (n, 3a),
        mm, Δγ ``contrast_steps`` (n, v) and w ``tissue_steps`` (n, k), log volume.
        """
        people = zip(volumes, velocities, velocity_steps, contrast_steps, tissue_steps, strict=True)
        count = len(volumes)
        changes = [
            self.warp_change(volume, velocity, step, tissue)[0] + self.contrast_change(contrast, velocity + step)
            for volume, velocity, step, contrast, tissue in counted(
                people, "editing scans", count, announce=count > 1
            )
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

    def tissue_step(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes w (n, k) of the tissue's own log volumes."""
        steps: np.ndarray = self.design.covariate_step(before, after) @ self.tissue_effects
        return steps

    @property
    def tissue_effects(self) -> np.ndarray:
        """The :attr:`amplitudes` (q, k); (q, 0) where tissue does not move by itself."""
        return np.zeros((len(self.velocities), 0)) if self.amplitudes is None else self.amplitudes

    @property
    def seen(self) -> np.ndarray:
        """The effects (q, 3a) on velocities as alignment sees them, mm."""
        return self.velocities if self.expected is None else self.expected

    def tissue_of(self, volume: np.ndarray) -> OwnTissue:
        """Return how a scan's (X, Y, Z) own tissue moves."""
        key = sha256(np.ascontiguousarray(volume).tobytes()).digest()
        if key not in self._tissue:
            if len(self._tissue) >= KEPT_TISSUE:
                self._tissue.pop(next(iter(self._tissue)))
            self._tissue[key] = own_tissue(volume, self.grid)
        return self._tissue[key]

    @cached_property
    def _tissue(self) -> dict[bytes, OwnTissue]:
        """Return what is known of scans' tissue by the scans' hash."""
        return {}

    def tissue_flow(self, tissue: OwnTissue, step: np.ndarray) -> torch.Tensor:
        """Return exp(w) − id (1, 3, X, Y, Z), voxels, of w ``step`` (k,): where the tissue goes."""
        return flow(tissue, step, self.grid, self._lattice)

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
        self,
        volume: np.ndarray,
        velocity: np.ndarray,
        velocity_step: np.ndarray,
        tissue_step: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the change x ∘ exp(−w) ∘ ψ − x of one scan (X, Y, Z), and exp(−w) ∘ ψ − id (3, X, Y, Z) in mm.

        Args:
            volume: x, (X, Y, Z).
            velocity: v, (3a,), mm.
            velocity_step: Δv, (3a,), mm.
            tissue_step: w, (k,), changes of log volume; None for none.
        """
        voxels, brighter = self._reading(volume, velocity, velocity_step, tissue_step)
        brightened = volume if brighter is None else volume + brighter
        return resampled(brightened, voxels) - volume, voxels * self.grid.spacing

    @torch.no_grad()
    def motion(self, volume: np.ndarray, velocity: np.ndarray, before: Covariates, after: Covariates) -> Motion:
        """Return how one scan (X, Y, Z) of velocity (1, 3a) moves and brightens between covariates of one row."""
        return self._motion(*self._read_and_contrast(volume, velocity, before, after))

    @torch.no_grad()
    def change_and_motion(
        self, volume: np.ndarray, velocity: np.ndarray, before: Covariates, after: Covariates
    ) -> tuple[np.ndarray, Motion]:
        """Return what :meth:`predicted_change` and :meth:`motion` give of one scan, for the price of one."""
        voxels, brighter, contrast = self._read_and_contrast(volume, velocity, before, after)
        change = resampled(volume if brighter is None else volume + brighter, voxels) - volume + contrast
        return change, self._motion(voxels, brighter, contrast)

    def _motion(self, voxels: np.ndarray, brighter: np.ndarray | None, contrast: np.ndarray) -> Motion:
        intensity = contrast if brighter is None else contrast + resampled(brighter, voxels)
        return Motion(voxels * self.grid.spacing, intensity)

    def _read_and_contrast(
        self, volume: np.ndarray, velocity: np.ndarray, before: Covariates, after: Covariates
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """Return :meth:`_reading` and :meth:`contrast_change` of one scan of velocity (1, 3a)."""
        step, contrast, tissue = (
            steps(before, after)[0] for steps in (self.velocity_step, self.contrast_step, self.tissue_step)
        )
        reading = self._reading(volume, velocity[0], step, tissue)
        return *reading, self.contrast_change(contrast, velocity[0] + step)

    def _reading(
        self, volume: np.ndarray, velocity: np.ndarray, velocity_step: np.ndarray, tissue_step: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return exp(−w) ∘ ψ − id (3, X, Y, Z), voxels, and Δι (X, Y, Z), None for none."""
        shift = self._template_shift(velocity, velocity_step)
        if tissue_step is None or not np.any(tissue_step):
            return shift[0].numpy(), None
        tissue = self.tissue_of(volume)
        shift = shift + self._lattice.at(self.tissue_flow(tissue, -tissue_step), shift)
        return shift[0].numpy(), brightening(tissue, tissue_step, self.grid)

    @torch.no_grad()
    def destination(
        self, velocity: np.ndarray, velocity_step: np.ndarray, tissue: OwnTissue | None, tissue_step: np.ndarray
    ) -> np.ndarray:
        """Return where each point of the scan goes, less where it is: the inverse of the motion, (3, X, Y, Z), mm.

        Args:
            velocity: (3a,), mm.
            velocity_step: (3a,), mm.
            tissue: the scan's own; None where it does not move by itself.
            tissue_step: (k,).
        """
        shift = self._template_shift(velocity + velocity_step, -velocity_step)
        if tissue is not None and np.any(tissue_step):
            own = self.tissue_flow(tissue, tissue_step)
            shift = own + self._lattice.at(shift, own)
        moved: np.ndarray = shift[0].numpy() * self.grid.spacing
        return moved

    def _template_shift(self, velocity: np.ndarray, velocity_step: np.ndarray) -> torch.Tensor:
        """Return ψ − id (1, 3, X, Y, Z), voxels."""
        lattice = self._lattice
        out, back, stepped = (self._flow(each) for each in (velocity, -velocity, -velocity - velocity_step))
        # less the round trip of no step, so that no step is no change, to the last bit
        return (stepped + lattice.at(out, stepped)) - (back + lattice.at(out, back))

    @torch.no_grad()
    def contrast_change(self, contrast_step: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Return Δγ (v,), in the template's shape, on the scan (X, Y, Z) of velocity (3a,)."""
        coarse = get_grid(ALIGNED)
        image = place(contrast_step.reshape(coarse.shape), coarse.affine, self.grid)
        changed: np.ndarray = self._lattice.at(torch.from_numpy(image)[None, None], self._flow(-velocity))[
            0, 0
        ].numpy()
        return changed
