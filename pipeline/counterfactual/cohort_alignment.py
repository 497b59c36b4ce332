"""A cohort's scans in one shape: aligned with a template that is their own mean."""

from dataclasses import dataclass

import numpy as np
import torch

from brainaging.networks import Alignment, VelocityLattice
from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.runtime import UserError, counting
from brainaging.transforms import GridSpec, get_grid, place, template_mask

#: scans are aligned at this resolution, whatever grid they are edited on: what age and sex change is smoother than
#: its voxels of 6 mm. Sensitivity: not measured
ALIGNED = "t1w_32"
#: distance of the splines' knots, two of the aligned grid's voxels: closer ones could not be told apart there.
#: Sensitivity: not measured
KNOTS_MM = 12.0
#: weight of the bending energy, for images in which white matter is about 1; chosen on simulated cohorts (seeds
#: 21, 22, 43 and 51). Sensitivity: not measured
SMOOTHNESS = 0.01
#: how far around the template's brain scans are compared and velocities may differ from 0: a head 12 % larger in
#: volume is 4 % wider, 3 mm at a brain's edge, and two SDs of head size within a sex add as much. Sensitivity: not
#: measured
REACH_MM = 9.0
#: how far around the template's brain changes are predicted and scored: fluid and skull's place count, since that
#: is where the brain's edge goes. Sensitivity: not measured
FIELD_MM = 12.0
#: rounds of sharpening the template, and Gauss-Newton steps in each. Sensitivity: not measured
ROUNDS, STEPS = 3, 2
#: scans below which nothing is learned: a design of age, its square, sex and head size has five columns, and four
#: people a column are the least that leave residuals to judge them by. Sensitivity: a lower bound, not a choice
SMALLEST = 20
#: mL of a head whose size is not known yet, which is not in the model then: any positive number does
_ANY_SIZE = 1500.0


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
class AlignedCohort:
    """A training cohort in one shape.

    Attributes:
        alignment: with the cohort's template.
        velocities: (n, 3a) of every scan, mm, about their mean.
        warped: (n, X, Y, Z) the scans' warped intensity: each scan in the template's shape.
        head_size: (n,) volume in mL that the template's brain fills in each scan: fluid counts, so that ageing,
            which shrinks tissue, leaves it alone.
    """

    alignment: Alignment
    velocities: np.ndarray
    warped: np.ndarray
    head_size: np.ndarray


def align_cohort(
    volumes: np.ndarray, grid: GridSpec, age: np.ndarray, male: np.ndarray, knots_mm: float = KNOTS_MM
) -> AlignedCohort:
    """Align scans (n, X, Y, Z) with a template that is their own mean, sharpened round by round.

    From the second round on a scan is expected where its age and sex put it, so that smoothness does not hold it
    back.

    Args:
        volumes: (n, X, Y, Z) on ``grid``.
        grid: of the scans.
        age, male: (n,) years, and 0 or 1.
        knots_mm: distance of the splines' knots.

    Raises:
        UserError: fewer than 20 scans.
    """
    if len(volumes) < SMALLEST:
        raise UserError(f"edits: expected at least {SMALLEST} scans to learn from, found {len(volumes)}")
    scans, alignment = thinned(volumes, grid), new_alignment(knots_mm)
    people = Covariates(age, male, np.full(len(age), _ANY_SIZE))
    adjusted = tuple(name for name, values in (("age", age), ("sex", male)) if np.ptp(values) > 0)
    rows = Design.of(people, adjusted).matrix(people)
    velocities = torch.zeros(len(scans), alignment.size)
    expected = torch.zeros_like(velocities)
    template = scans.mean(0)
    with counting(f"aligning {len(scans)} scans, steps", ROUNDS * (STEPS + 1) + 1) as advance:
        for _ in range(ROUNDS):
            alignment.set_template(template)
            advance()
            for _ in range(STEPS):
                velocities = alignment.step(scans, velocities, expected)
                advance()
            # the template stands where the mean brain does
            velocities = velocities - velocities.mean(0)
            fitted = rows @ np.linalg.lstsq(rows, velocities.numpy(), rcond=None)[0]
            expected = torch.from_numpy(fitted).float()
            warped = alignment.pulled(scans, velocities)
            template = warped.mean(0)
        alignment.set_template(template)
        advance()
    return AlignedCohort(alignment, velocities.numpy(), warped.numpy(), warped_ml(alignment, velocities))


def warped_ml(alignment: Alignment, velocities: torch.Tensor) -> np.ndarray:
    """Return the volumes (n,) in mL on the grid that the template's brain fills in scans with ``velocities``
    (n, 3a).
    """
    inside = torch.from_numpy(template_mask(ALIGNED))
    with torch.no_grad():
        voxels = [
            float((jacobian_determinant(alignment.flow(velocity[None])[0], 1.0) * inside).sum())
            for velocity in velocities
        ]
    return np.array(voxels) * get_grid(ALIGNED).voxel_ml


def misfit(alignment: Alignment, warped: np.ndarray) -> np.ndarray:
    """Return (n,) root mean squares of the difference of warped scans (n, X, Y, Z) and the template."""
    inside = alignment.inside.numpy()
    left: np.ndarray = np.sqrt(np.square(warped[:, inside] - alignment.template.numpy()[inside]).mean(axis=1))
    return left


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
