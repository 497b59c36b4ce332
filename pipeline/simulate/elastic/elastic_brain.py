"""Volume loss as a deformation of elastic tissue: each structure shrinks as prescribed, fluid gives way, skull
stands.

Minimised over the positions y of the lattice's points, from those x of the brain before, is

    ½ Σ_edges μ |Δ(y − x)|² / h²  +  ½ Σ_cells κ (V(y) / V(x) − g)²,

the energy of shear and of change in volume against the growth g that is asked (Karacali and Davatzikos 2006,
NeuroImage; Khanal et al. 2016, NeuroImage 134:35, whose fluid is compressible too): κ is large in tissue and small
in fluid, whose g is 1. Volumes are the cells' own as they lie, so that the equations are set up anew in every step
as the tissue moves: the flow is not stationary. Structures answer to each other, so that what is asked of the
tissue is adjusted until each structure's volume is the one that was prescribed.

What is the same for all people of one anatomy is computed once: the preconditioner and each structure's response
to a small load. For people's own shapes that is an approximation: shear counts by the anatomy's distances instead
of the person's. Volumes are the person's, exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from brainaging.pipeline.simulate.elastic.cell_kinds import FLUID, Tissue
from brainaging.pipeline.simulate.elastic.hexahedra import Cells
from brainaging.pipeline.simulate.elastic.multigrid import VCycle
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES

Array = NDArray[np.float64]
TISSUE_STIFFNESS, FLUID_STIFFNESS = 30.0, 1.0
"""Bulk moduli relative to shear. Tissue is nearly incompressible; what its modulus leaves open the adjustment of
loads closes. Sensitivity, on the template with a sixth of the cortex lost: with fluid at 0.3 or 3 points move by
0.3 mm (root mean square; 1.1 at most), and the smallest Jacobian of a cell is 0.66 or 0.65 in place of 0.66."""
STEPS = 3
"""In which a load is laid on. Sensitivity, as above: with 6 no point lies 0.15 mm from where it does, 0.03 in the
root mean square."""
TOLERANCE = 1e-4
"""Of a structure's log volume: a fiftieth of what the brain stem loses in ten years. Sensitivity: at 3e-4 one of
six people has 3.1 % less of that loss, and nothing else is off by more than 1.8 %."""
CORRECTIONS = 12
"""Most corrections after the last step. Sensitivity: none where tissue gives way; more mean that it cannot."""
SOLVED = 1e-2
"""Residual (in the preconditioner's norm) at which a step is solved; the next step sees what is left. Sensitivity,
as above: at 1e-3 no point lies 0.08 mm from where it does, 0.01 in the root mean square."""
MOST_ITERATIONS = 100


@dataclass(frozen=True)
class Moved:
    """A brain whose structures have changed.

    ``positions`` (N, 3) of the cells' points in mm; ``growth`` (S,) achieved log volumes of the structures;
    ``ratios`` (C,) of the cells' volumes, after by before; ``smallest_jacobian`` of a cell by its volume
    on the lattice.
    """

    positions: Array
    growth: Array
    ratios: Array
    smallest_jacobian: float


class UnreachableGrowthError(ValueError):
    """The tissue cannot change so far: the loads that it would take fold it."""


class ElasticBrain:
    """The solver of one anatomy. ``tissue``: its cells."""

    def __init__(self, tissue: Tissue) -> None:
        self.tissue = tissue
        self.cells = Cells.around(tissue.free())
        kind = tissue.kind[self.cells.index]
        self.members = np.stack([kind == number for number in range(len(NAMES))]).astype(float)
        self.present = self.members.any(1)
        """Which structures (S,) have a cell at all."""
        self._loads = self.members[self.present]
        self._stiffness = np.where(kind == FLUID, FLUID_STIFFNESS, TISSUE_STIFFNESS)
        self._shear = _laplacian(self.cells) / tissue.step**2
        self._cycle = VCycle(self._shear, self.cells.points[: self.cells.free])
        self._responses, self._coupling = self._respond()

    def points(self) -> Array:
        """Return the cells' points (N, 3) where they lie before anything moves, in mm from the lattice's first."""
        points: Array = self.cells.points.astype(np.float64) * self.tissue.step
        return points

    def moved(self, before: Array, growth: Array) -> Moved:
        """Return the brain whose structures' log volumes grew by ``growth`` (S,); of absent ones it is not read.

        Args:
            before: (N, 3) positions of the cells' points in mm; nothing but the free ones moves.
            growth: of the structures in ``NAMES``.

        Raises:
            UnreachableGrowthError: the tissue folds, or does not get there.
        """
        asked = growth[self.present]
        rest, gradient = self.cells.volumes(before)
        sizes = self._loads @ rest
        moved = np.zeros((self.cells.free, 3))
        positions, volumes = before, rest
        if asked.any():
            loads = np.zeros(len(asked))
            for number in range(STEPS):
                left = asked * (number + 1) / STEPS - _logs(self._loads @ volumes / sizes)
                loads = loads + np.linalg.solve(self._coupling, left)
                wanted = 1 + self._loads.T @ np.expm1(loads)
                moved = moved + self._step(gradient / rest[:, None, None], wanted - volumes / rest, moved)
                positions = _placed(before, moved)
                volumes, gradient = self.cells.volumes(positions)
            for _ in range(CORRECTIONS):
                left = asked - _logs(self._loads @ volumes / sizes)
                if np.abs(left).max() <= TOLERANCE:
                    break
                moved = moved + np.tensordot(np.linalg.solve(self._coupling, left), self._responses, 1)
                positions = _placed(before, moved)
                volumes, _ = self.cells.volumes(positions)
            else:
                raise UnreachableGrowthError(
                    f"structures stay {np.abs(left).max():.4f} of log volume from their aim"
                )
        achieved = np.zeros(len(growth))
        achieved[self.present] = _logs(self._loads @ volumes / sizes)
        return Moved(positions, achieved, volumes / rest, float(volumes.min()) / self.tissue.step**3)

    def _operator(self, gradient: Array) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
        """Return the energy's Hessian (Gauss-Newton) as a map of motions (F, 3), and what misfits of volume
        push.
        """
        by_motion = self.cells.matrix(gradient)
        by_cell = by_motion.T.tocsr()

        def push(misfit: Array) -> Array:
            return (by_cell @ (self._stiffness * misfit)).reshape(3, -1).T

        return lambda motion: self._shear @ motion + push(by_motion @ motion.T.ravel()), push

    def _step(self, gradient: Array, misfit: Array, moved: Array) -> Array:
        operator, push = self._operator(gradient)
        return _conjugate_gradients(operator, push(misfit) - self._shear @ moved, self._cycle)

    def _respond(self) -> tuple[Array, Array]:
        """Return what a unit load on each structure moves (S, F, 3), and the log volumes (S, S) that follow."""
        volumes, gradient = self.cells.volumes(self.points())
        relative = gradient / volumes[:, None, None]
        operator, push = self._operator(relative)
        by_motion = self.cells.matrix(relative)
        responses = np.stack([_conjugate_gradients(operator, push(load), self._cycle) for load in self._loads])
        sizes = self._loads.sum(1)
        changes = np.stack(
            [self._loads @ (by_motion @ response.T.ravel()) / sizes for response in responses], axis=1
        )
        return responses, changes


def _placed(before: Array, moved: Array) -> Array:
    positions = before.copy()
    positions[: len(moved)] += moved
    return positions


def _logs(ratios: Array) -> Array:
    if not (ratios > 0).all():
        raise UnreachableGrowthError("a structure has vanished")
    logs: Array = np.log(ratios)
    return logs


def _laplacian(cells: Cells) -> sparse.csr_array:
    """Return the graph Laplacian (F, F) of the free points, those around them being held."""
    free = cells.points[: cells.free]
    shape = cells.points.max(0) + 2
    number = np.full(shape, -1)
    number[tuple(free.T)] = np.arange(len(free))
    rows, columns = [], []
    for axis in range(3):
        for side in (-1, 1):
            beside = free.copy()
            beside[:, axis] += side
            other = number[tuple(beside.T)]
            rows.append(np.flatnonzero(other >= 0))
            columns.append(other[other >= 0])
    row, column = np.concatenate(rows), np.concatenate(columns)
    adjacency = sparse.coo_array((np.ones(len(row)), (row, column)), shape=(len(free), len(free)))
    return (sparse.diags_array(np.full(len(free), 6.0)) - adjacency).tocsr()


def _conjugate_gradients(
    operator: Callable[[Array], Array], right: Array, precondition: Callable[[Array], Array]
) -> Array:
    """Return the solution (F, 3); preconditioned conjugate gradients (Hestenes and Stiefel 1952)."""
    solution, residual = np.zeros_like(right), right.copy()
    direction = precondition(residual)
    size = first = float((residual * direction).sum())
    for _ in range(MOST_ITERATIONS):
        if size <= SOLVED**2 * first:
            break
        pushed = operator(direction)
        length = size / float((direction * pushed).sum())
        solution += length * direction
        residual -= length * pushed
        corrected = precondition(residual)
        before, size = size, float((residual * corrected).sum())
        direction = corrected + size / before * direction
    return solution
