"""An edit that moves the subject's own anatomy: velocities and contrast learned jointly over a cohort.

Every training scan is aligned with the cohort's template; velocities and the aligned scans' intensities are
regressed on age, sex and head size together (deformation-based morphometry, Ashburner et al. 1998, HBM 6:348),
the effects shrunk by what chance gives. A scan x with velocity v, changed by Δv and by the contrast Δγ, becomes

    x ∘ ψ + Δγ ∘ exp(−v − Δv),   ψ = exp(v) ∘ exp(−v − Δv),

so that what no model can reconstruct moves along and stays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

import numpy as np
import torch
from scipy.ndimage import map_coordinates

from brainaging.networks import Alignment, VelocityLattice
from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid, place, template_mask

#: scans are aligned at this resolution, whatever grid they are edited on: effects are wider than its voxels
ALIGNED = "t1w_32"
KNOTS_MM = 12.0
SMOOTHNESS = 0.01
#: where brains are compared: the template's and its surroundings
REACH_MM = 9.0
ROUNDS, STEPS = 3, 2
SMALLEST = 20
#: of the splines by which an edited scan is read between its voxels
DEGREE = 5
#: how many calls' alignments, and how many bytes of flows, an edit keeps: the same scans are moved by many
#: effects, and where they lie is the same for all
KEPT_COHORTS, KEPT_BYTES = 8, 128 * 2**20


def aligned_grid(grid: GridSpec) -> GridSpec:
    """Return the grid that volumes of ``grid`` are aligned on.

    Raises:
        UserError: the grid does not cover the same field of view.
    """
    coarse = get_grid(ALIGNED)
    edges = {round(size * grid.spacing, 6) for size in grid.shape}
    if grid.orientation != "RAS" or edges != {coarse.shape[0] * coarse.spacing}:
        raise UserError(f"grid {grid.name}: expected a cube of 192 mm in RAS, as the named grids are")
    return coarse


def thinned(volumes: np.ndarray, grid: GridSpec) -> torch.Tensor:
    """Return volumes (n, X, Y, Z) of ``grid`` on the grid that they are aligned on."""
    coarse = aligned_grid(grid)
    if grid.fingerprint == coarse.fingerprint:
        return torch.from_numpy(np.ascontiguousarray(volumes, dtype=np.float32))
    return torch.from_numpy(np.stack([place(volume, grid.affine, coarse) for volume in volumes]))


def new_alignment(knots_mm: float = KNOTS_MM) -> Alignment:
    """Return an alignment without a template."""
    coarse = get_grid(ALIGNED)
    lattice = VelocityLattice(coarse.shape[0], coarse.spacing, knots_mm)
    return Alignment(lattice, template_mask(coarse, dilate_mm=REACH_MM), SMOOTHNESS)


@dataclass
class Aligned:
    """A training cohort in one shape.

    Attributes:
        alignment: with the cohort's template.
        velocities: (n, 3a) of every scan, about their mean.
        looks: (n, X, Y, Z) the aligned scans.
        head_size: (n,) volume in mL that the template's brain fills in each scan: fluid counts, so that ageing,
            which shrinks tissue, leaves it alone.
    """

    alignment: Alignment
    velocities: np.ndarray
    looks: np.ndarray
    head_size: np.ndarray


def align_cohort(
    volumes: np.ndarray, grid: GridSpec, age: np.ndarray, male: np.ndarray, knots_mm: float = KNOTS_MM
) -> Aligned:
    """Align scans (n, X, Y, Z) with a template that is their own mean, sharpened round by round.

    From the second round on a scan is expected where its age and sex put it, so that smoothness does not hold it
    back.

    Raises:
        UserError: fewer than 20 scans.
    """
    if len(volumes) < SMALLEST:
        raise UserError(f"edits: expected at least {SMALLEST} scans to learn from, found {len(volumes)}")
    scans, alignment = thinned(volumes, grid), new_alignment(knots_mm)
    simple = Covariates(age, male, np.full(len(age), 1500.0))
    adjusted = tuple(name for name, values in (("age", age), ("sex", male)) if np.ptp(values) > 0)
    rows = Design.of(simple, adjusted).matrix(simple)
    found = torch.zeros(len(scans), alignment.size)
    expected = torch.zeros_like(found)
    template = scans.mean(0)
    for _ in range(ROUNDS):
        alignment.set_template(template)
        for _ in range(STEPS):
            found = alignment.step(scans, found, expected)
        # the template stands where the mean brain does
        found = found - found.mean(0)
        expected = torch.from_numpy(rows @ np.linalg.lstsq(rows, found.numpy(), rcond=None)[0]).float()
        looks = alignment.pulled(scans, found)
        template = looks.mean(0)
    alignment.set_template(template)
    return Aligned(alignment, found.numpy(), looks.numpy(), warped_ml(alignment, found))


def warped_ml(alignment: Alignment, velocities: torch.Tensor) -> np.ndarray:
    """Return the volumes (n,) in mL on the grid that the template's brain fills in scans with these velocities."""
    inside = torch.from_numpy(template_mask(ALIGNED))
    with torch.no_grad():
        grown = [
            float((jacobian_determinant(alignment.flow(one[None])[0], 1.0) * inside).sum()) for one in velocities
        ]
    return np.array(grown) * get_grid(ALIGNED).voxel_ml


def mirror_velocities(alignment: Alignment, velocities: np.ndarray) -> np.ndarray:
    """Return velocities (…, 3a) of mirrored brains; the first axis of the grid runs left to right."""
    knots = alignment.lattice.knots
    index = np.full(knots**3, -1)
    active = alignment.active.numpy()
    index[active] = np.arange(len(active))
    turned = index.reshape(knots, knots, knots)[::-1].ravel()[active]
    parts = velocities.reshape(*velocities.shape[:-1], 3, len(active))
    mirrored = np.where(turned >= 0, parts[..., turned], 0.0) * np.array([-1.0, 1.0, 1.0])[:, None]
    return mirrored.reshape(velocities.shape).astype(velocities.dtype)


def mirror_images(images: np.ndarray) -> np.ndarray:
    """Return flattened images (…, v) of the aligned grid, mirrored."""
    shape = get_grid(ALIGNED).shape
    return np.ascontiguousarray(images.reshape(-1, *shape)[:, ::-1]).reshape(images.shape)


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
        contrast: (q, v) effects on the aligned scans' intensities.
    """

    grid: GridSpec
    design: Design
    alignment: Alignment
    velocities: np.ndarray
    contrast: np.ndarray
    name: str = "deformation"
    changes: tuple[str, ...] = ("age", "sex", "head_size")

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

    def change(
        self, volumes: np.ndarray, before: Covariates, after: Covariates, velocities: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans from covariates ``before`` to ``after``.

        ``velocities`` (n, 3a) of the scans, where they are known, are not looked for again.
        """
        found = self.align(volumes, before) if velocities is None else velocities
        return self.moved(volumes, found, self.moves(before, after), self.looks(before, after))

    def moved(
        self, volumes: np.ndarray, velocities: np.ndarray, moves: np.ndarray, looks: np.ndarray
    ) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans with ``velocities`` (n, 3a) by Δv ``moves`` (n, 3a), mm, and Δγ
        ``looks`` (n, v).
        """
        changes = [
            self.edit(volume, velocity, move)[0] + self.brighten(look, velocity + move)
            for volume, velocity, move, look in zip(volumes, velocities, moves, looks, strict=True)
        ]
        return np.stack(changes) if changes else np.zeros_like(volumes)

    def moves(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes Δv (n, 3a) of velocities, mm."""
        moved: np.ndarray = (self.design.change(before, after) @ self.velocities).astype(np.float32)
        return moved

    def looks(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes Δγ (n, v) of intensities in the template's shape."""
        changed: np.ndarray = (self.design.change(before, after) @ self.contrast).astype(np.float32)
        return changed

    @cached_property
    def _lattice(self) -> VelocityLattice:
        """Return the same knots on the voxels of the edit's grid."""
        return VelocityLattice(self.grid.shape[0], self.grid.spacing, self.alignment.lattice.knots_mm)

    def _flow(self, velocity: np.ndarray) -> torch.Tensor:
        """Return exp(v) (1, 3, X, Y, Z) in voxels of the edit's grid."""
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
    def edit(self, volume: np.ndarray, velocity: np.ndarray, move: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what moving changes in one scan (X, Y, Z), and ψ − id (3, X, Y, Z) in mm."""
        lattice = self._lattice
        out, there, moved = (self._flow(one) for one in (velocity, -velocity, -velocity - move))
        # less the round trip that moves nothing, so that no move is no change, to the last bit
        shift = (moved + lattice.at(out, moved)) - (there + lattice.at(out, there))
        voxels = shift[0].numpy()
        return resampled(volume, voxels) - volume, voxels * self.grid.spacing

    @torch.no_grad()
    def brighten(self, look: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Return a change of intensities (v,) in the template's shape, on a scan (X, Y, Z) of the grid."""
        coarse = get_grid(ALIGNED)
        image = place(look.reshape(coarse.shape), coarse.affine, self.grid)
        changed: np.ndarray = self._lattice.at(torch.from_numpy(image)[None, None], self._flow(-velocity))[
            0, 0
        ].numpy()
        return changed
