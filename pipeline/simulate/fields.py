"""Velocity fields with a prescribed log-Jacobian: v = ∇u with Δu = f inside the brain, no flow through its edge.

A stationary velocity's divergence is the logarithm of its flow's Jacobian to first order, so f is what a small
step does to volume. No flow through the edge keeps the head's size; the sum of f over the brain must then vanish,
so each effect is paid for where its tissue gives way.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse.linalg import cg
from torch import Tensor

from brainaging.pipeline.simulate.anatomies import LATTICE, Anatomy
from brainaging.pipeline.simulate.scenario import Region, Scenario

WHITE_SHARE = 0.3
"""Contraction prescribed in white matter relative to cortex: blur alone would let white matter grow with age. A
choice of this world and not a measurement: the score compares with whatever comes out."""
PAYMENT_MM = 12.0
"""How far, as a Gaussian's SD, the tissue that gives way to an effect may lie from it: three points of the
lattice, so that a gyrus is paid for by the sulci around it. A choice of this world."""
SHARP_POINTS, ANY_TISSUE = 1.0, 0.03
"""One person's fluid is blurred by a Gaussian of that SD in points of the lattice before it pays, as an average's
is, and other tissue pays by that share: else the few points of a deep cistern would pay for all white matter near
it and grow thirtyfold in a lifetime. Sensitivity: people of 85 years made from two scans have smallest Jacobians
of 0.03 and 0.07, without both 0.02 and 0.03."""

Field = NDArray[np.float64]


def poisson_velocity(log_jacobian: Field, inside: NDArray[np.bool_], step: float) -> Tensor:
    """Return the velocity (3, X, Y, Z) whose divergence is ``log_jacobian`` (X, Y, Z) ``inside``; zero outside.

    ``step`` in mm; the velocity is in mm. Raises ValueError where the sum inside does not vanish.
    """
    source = log_jacobian[inside]
    if abs(source.sum()) > 1e-6 * max(np.abs(source).sum(), 1e-12):
        raise ValueError(f"the log-Jacobian must sum to zero inside the brain, not {source.sum():.3g}")
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(source.size)
    pairs = []
    for axis in range(3):
        low = np.moveaxis(number, axis, 0)[:-1].ravel()
        high = np.moveaxis(number, axis, 0)[1:].ravel()
        both = (low >= 0) & (high >= 0)
        pairs.append((low[both], high[both]))
    low, high = (np.concatenate(part) for part in zip(*pairs, strict=True))
    ones = np.ones(low.size)
    adjacency = sparse.coo_array((ones, (low, high)), shape=(source.size, source.size))
    adjacency = (adjacency + adjacency.T).tocsr()
    laplacian = sparse.diags_array(adjacency.sum(axis=1)) - adjacency
    potential, failed = cg(laplacian, -source * step**2, rtol=1e-8, maxiter=5000)
    if failed:
        raise ValueError("the Poisson equation did not converge")
    velocity = np.zeros((3, *inside.shape), dtype=np.float32)
    for axis, (here, there) in enumerate(pairs):
        flow = (potential[there] - potential[here]) / step
        # a point's velocity is the mean of the flow through its two faces
        at_points = np.bincount(here, flow, source.size) + np.bincount(there, flow, source.size)
        velocity[axis][inside] = at_points / 2
    return torch.from_numpy(velocity)


def _blobs(regions: list[Region], anatomy: Anatomy) -> Field:
    # an MNI point lies where the template's does in the brain at hand
    x, y, z = np.moveaxis(anatomy.in_template.numpy(), -1, 0)
    total = np.zeros(LATTICE.shape)
    for region in regions:
        centre = np.array(region.centre)
        sides = (1, -1) if region.mirror and centre[0] else (1,)
        for side in sides:
            squared = (x - side * centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
            total += region.log_jacobian * np.exp(-squared / (2 * region.radius_mm**2))
    return total


def _paid_by_all(effect: Field, payer: Field, inside: NDArray[np.bool_]) -> Field:
    """Return ``effect`` with its sum taken back from all of the ``payer`` tissue alike."""
    effect, payer = effect * inside, payer * inside
    return effect - payer * (effect.sum() / payer.sum())


def _paid_nearby(effect: Field, payer: Field, inside: NDArray[np.bool_]) -> Field:
    """Return ``effect`` with its sum taken back from ``payer`` tissue close by, so that nothing has far to go."""
    effect, payer = effect * inside, payer * inside
    sigma = PAYMENT_MM / LATTICE.step
    near = gaussian_filter(payer, sigma, mode="constant")
    share = np.divide(effect, near, out=np.zeros_like(effect), where=near > 0)
    # what the filter lost beyond its edges is paid by all
    return _paid_by_all(effect - payer * gaussian_filter(share, sigma, mode="constant"), payer, inside)


def _scaled(velocity: Tensor, over: Field, mean: float) -> Tensor:
    """Return ``velocity`` scaled so that its log-Jacobian averages ``mean`` over a tissue.

    A 4 mm lattice blurs a field that cortex and sulci alternate in; the scenario speaks of what comes out.
    """
    reached = float((divergence(velocity) * over).sum() / over.sum())
    if mean * reached < 0:
        raise ValueError(f"the field moves its tissue the wrong way ({reached:.3g} for {mean:.3g})")
    return velocity * (mean / reached) if mean else velocity


@dataclass(frozen=True)
class EffectFields:
    """Velocities (3, X, Y, Z) in mm on :data:`LATTICE`: a year's ventricles and cortex, and man over woman."""

    ventricles: Tensor
    cortex: Tensor
    sex: Tensor

    @property
    def age(self) -> Tensor:
        """A year of ageing at rate 1."""
        return self.ventricles + self.cortex


def effect_fields(scenario: Scenario, anatomy: Anatomy) -> EffectFields:
    """Return the scenario's age and sex velocities in a brain: they act on its own tissue.

    Ventricles grow at the cost of all tissue; cortex, the age regions and a little white matter shrink and sulcal
    fluid near them takes their room; sex regions are balanced over all tissue. The year's mean log-Jacobian over
    ventricles and over cortex is what the scenario says.
    """
    maps = {name: values.astype(np.float64) for name, values in anatomy.on_lattice(LATTICE).items()}
    inside, cortex = maps["brain"] > 0.5, maps["cortex"]
    tissue = np.clip(maps["grey"] + maps["white"], 0, 1)
    fluid = np.clip(maps["brain"] - tissue - maps["ventricles"], 0, 1)
    # a lattice point holds cortex and sulcus at once: those with little cortex make the room
    sulci = np.sqrt(fluid) * np.clip(1 - cortex / 0.7, 0, 1) * (maps["cerebellum"] < 0.05) + 1e-3
    if anatomy.individual:
        soft = gaussian_filter(sulci, SHARP_POINTS, mode="constant") + ANY_TISSUE
        sulci = soft * (maps["cerebellum"] < 0.05) + 1e-3
    ageing, sex = scenario.velocities

    def solve(balanced: Field) -> Tensor:
        return poisson_velocity(balanced, inside, LATTICE.step)

    growing = ageing.ventricles * np.clip(2 * maps["ventricles"], 0, 1)
    shrinking = ageing.cortex * (cortex + WHITE_SHARE * maps["white"]) + _blobs(ageing.regions, anatomy) * tissue
    differing = sex.scale * _blobs(sex.regions, anatomy) * tissue
    return EffectFields(
        ventricles=_scaled(solve(_paid_by_all(growing, tissue, inside)), maps["ventricles"], ageing.ventricles),
        cortex=_scaled(solve(_paid_nearby(shrinking, sulci, inside)), cortex, ageing.cortex),
        sex=solve(_paid_by_all(differing, tissue, inside)),
    )


def divergence(velocity: Tensor) -> NDArray[np.float32]:
    """Return the divergence (X, Y, Z) of a velocity on :data:`LATTICE`: its log-Jacobian to first order."""
    parts = [torch.gradient(velocity[axis], spacing=LATTICE.step, dim=axis)[0] for axis in range(3)]
    total: NDArray[np.float32] = torch.stack(parts).sum(0).numpy()
    return total
