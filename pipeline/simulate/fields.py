"""Velocity fields with a prescribed log-Jacobian: v = ∇u with Δu = f inside the brain, no flow through its edge.

A stationary velocity's divergence is the logarithm of its flow's Jacobian to first order, so f is what a small
step does to volume. No flow through the edge keeps the head's size; the sum of f over the brain must then vanish,
so each effect is paid for where its tissue gives way.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
import torch
from brainaging.pipeline.simulate.phantom import on_lattice
from brainaging.pipeline.simulate.scenario import Region, Scenario
from brainaging.pipeline.simulate.warp import Lattice
from numpy.typing import NDArray
from scipy.sparse.linalg import cg
from torch import Tensor

LATTICE = Lattice(origin=(-100.0, -136.0, -88.0), shape=(51, 60, 49), step=4.0)
"""Where fields are computed: the MNI152 head with a margin, 4 mm (effects are wider than that)."""

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


def _blobs(regions: list[Region], lattice: Lattice) -> Field:
    x, y, z = np.meshgrid(*lattice.axes(), indexing="ij", sparse=True)
    total = np.zeros(lattice.shape)
    for region in regions:
        centre = np.array(region.centre)
        sides = (1, -1) if region.mirror and centre[0] else (1,)
        for side in sides:
            squared = (x - side * centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
            total += region.log_jacobian * np.exp(-squared / (2 * region.radius_mm**2))
    return total


def _balanced(effect: Field, payer: Field, inside: NDArray[np.bool_]) -> Field:
    effect, payer = effect * inside, payer * inside
    return effect - payer * (effect.sum() / payer.sum())


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


def effect_fields(scenario: Scenario) -> EffectFields:
    """Return the scenario's age and sex velocities.

    Ventricles grow at the cost of the tissue; cortex and the age regions shrink and sulcal fluid takes their room;
    sex regions are balanced over all tissue.
    """
    maps = {name: values.astype(np.float64) for name, values in on_lattice(LATTICE).items()}
    inside = maps["brain"] > 0.5
    tissue = np.clip(maps["grey"] + maps["white"], 0, 1)
    sulci = np.clip(maps["brain"] - tissue - maps["ventricles"], 0, 1) + 1e-3
    ageing = scenario.ageing
    effects = {
        "ventricles": (ageing.ventricles * np.clip(2 * maps["ventricles"], 0, 1), tissue),
        "cortex": (ageing.cortex * maps["cortex"] + _blobs(ageing.regions, LATTICE) * tissue, sulci),
        "sex": (scenario.sex.scale * _blobs(scenario.sex.regions, LATTICE) * tissue, tissue),
    }
    return EffectFields(
        **{
            name: poisson_velocity(_balanced(effect, payer, inside), inside, LATTICE.step)
            for name, (effect, payer) in effects.items()
        }
    )


def divergence(velocity: Tensor) -> NDArray[np.float32]:
    """Return the divergence (X, Y, Z) of a velocity on :data:`LATTICE`: its log-Jacobian to first order."""
    parts = [torch.gradient(velocity[axis], spacing=LATTICE.step, dim=axis)[0] for axis in range(3)]
    total: NDArray[np.float32] = torch.stack(parts).sum(0).numpy()
    return total
