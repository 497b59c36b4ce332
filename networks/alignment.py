"""Deformable alignment of brains to a template by Gauss-Newton steps that all brains share."""

import numpy as np
import scipy.sparse as sparse
import torch
from torch import Tensor, nn

from brainaging.networks.velocity import VelocityLattice

_BATCH = 32
#: keeps the normal equations definite where neither image nor smoothness says anything
_RIDGE = 1e-4


class Alignment(nn.Module):
    """Velocities that take a template to brains, in inverse-compositional form (Baker and Matthews 2004, IJCV 56).

    A brain x is described by the velocity v for which x ∘ exp(v) ≈ T. With x̃ = x ∘ exp(v), one step adds

        δ = (JᵀJ + λR)⁻¹ (Jᵀ(T − x̃) − λR(v − v₀)),   J = ∇T · B,

    B the splines and R their bending energy about the expected velocity v₀. J is the template's and not the
    brain's, so that one factorisation serves every brain; v adds up in the log domain (Vercauteren et al. 2008).

    Args:
        lattice: the splines, on the template's voxels.
        mask: bool (X, Y, Z), where brains are compared; only knots that reach into it move.
        smoothness: λ, for images of unit intensity and velocities in voxels.
    """

    template: Tensor
    gradient: Tensor
    factor: Tensor
    active: Tensor
    inside: Tensor

    def __init__(self, lattice: VelocityLattice, mask: np.ndarray, smoothness: float) -> None:
        super().__init__()
        if mask.shape != (lattice.size,) * 3 or not mask.any():
            raise ValueError(f"the mask must be a cube of {lattice.size} voxels and not empty, got {mask.shape}")
        if smoothness <= 0:
            raise ValueError(f"smoothness must be positive, got {smoothness}")
        self.lattice = lattice
        splines = _tensor_product(lattice.weights, np.argwhere(mask))
        active = np.flatnonzero(np.asarray(splines.sum(axis=0)).ravel() > 1e-3)
        self.register_buffer("active", torch.from_numpy(active), persistent=False)
        self.register_buffer("inside", torch.from_numpy(mask), persistent=False)
        self.register_buffer("template", torch.zeros(mask.shape))
        self._splines = splines[:, active].tocsr()
        energy = _bending(lattice.knots, active)
        # in mm, the unit of the coefficients
        scale = smoothness / lattice.spacing**2
        self._stiffness = (scale * (energy + _RIDGE * sparse.eye_array(len(active)))).tocsr().astype(np.float32)

    @property
    def size(self) -> int:
        """Numbers in a velocity: three for every knot that moves."""
        return 3 * len(self.active)

    def set_template(self, template: Tensor) -> None:
        """Take ``template`` (X, Y, Z) and factorise the normal equations."""
        self.template = template.to(self.template)
        slopes = torch.stack(torch.gradient(self.template, spacing=self.lattice.spacing))[:, self.inside]
        self.gradient = slopes
        jacobian = sparse.hstack([sparse.diags_array(slope) @ self._splines for slope in slopes.numpy()]).tocsr()
        normal = (jacobian.T @ jacobian + sparse.block_diag([self._stiffness] * 3)).toarray()
        self.factor = torch.linalg.cholesky(torch.from_numpy(normal.astype(np.float32)))

    def coefficients(self, velocities: Tensor) -> Tensor:
        """Return lattice coefficients ``(B, 3, k, k, k)`` of velocities ``(B, 3a)``."""
        knots = self.lattice.knots
        full = torch.zeros(len(velocities), 3, knots**3)
        full[:, :, self.active] = velocities.view(len(velocities), 3, -1)
        return full.view(-1, 3, knots, knots, knots)

    def flow(self, velocities: Tensor) -> Tensor:
        """Return displacements ``(B, 3, X, Y, Z)`` in voxels of exp(v)."""
        return self.lattice.exponential(self.lattice.velocity(self.coefficients(velocities)))

    @torch.no_grad()
    def pulled(self, volumes: Tensor, velocities: Tensor) -> Tensor:
        """Return volumes ``(B, X, Y, Z)`` in the template's shape: x ∘ exp(v)."""
        parts = [
            self.lattice.warp(volumes[rows][:, None], self.flow(velocities[rows]))[:, 0]
            for rows in torch.arange(len(volumes)).split(_BATCH)
        ]
        return torch.cat(parts)

    @torch.no_grad()
    def step(self, volumes: Tensor, velocities: Tensor, expected: Tensor) -> Tensor:
        """Return velocities ``(B, 3a)`` after one step.

        Args:
            volumes: ``(B, X, Y, Z)`` brains on the template's voxels.
            velocities: ``(B, 3a)`` so far.
            expected: ``(B, 3a)`` v₀.
        """
        left = (self.template - self.pulled(volumes, velocities))[:, self.inside].numpy()
        pull = [(self._splines.T @ (left * slope).T).T for slope in self.gradient.numpy()]
        away = (velocities - expected).numpy()
        count = len(self.active)
        hold = [(self._stiffness @ away[:, axis * count : (axis + 1) * count].T).T for axis in range(3)]
        right = torch.from_numpy(np.concatenate(pull, axis=1) - np.concatenate(hold, axis=1)).float()
        return velocities + torch.cholesky_solve(right.T, self.factor).T

    def align(self, volumes: Tensor, expected: Tensor, steps: int = 4) -> Tensor:
        """Return the velocities ``(B, 3a)`` of brains ``(B, X, Y, Z)``, starting from what is ``expected``."""
        velocities = expected.clone()
        for _ in range(steps):
            velocities = self.step(volumes, velocities, expected)
        return velocities


def _tensor_product(weights: sparse.csr_array, voxels: np.ndarray) -> sparse.csr_array:
    """Return the splines' weights (voxels, k³) at voxel indices (voxels, 3), from one axis' (size, k), 4 a row."""
    knots = weights.shape[1]
    index, value = (part.reshape(-1, 4)[voxels] for part in (weights.indices, weights.data))
    x, y, z = index[:, 0, :, None, None], index[:, 1, None, :, None], index[:, 2, None, None, :]
    column = (x * knots + y) * knots + z
    x, y, z = value[:, 0, :, None, None], value[:, 1, None, :, None], value[:, 2, None, None, :]
    row = np.repeat(np.arange(len(voxels)), 64)
    return sparse.csr_array(((x * y * z).ravel(), (row, column.ravel())), shape=(len(voxels), knots**3))


def _bending(knots: int, active: np.ndarray) -> sparse.csr_array:
    """Return the bending energy's matrix (a, a) of the ``active`` among k³ coefficients: sums of squared second
    differences.

    A difference that reaches a knot which does not move is left out: it would hold back a head that is larger or
    stands elsewhere as a whole, which is no bending.
    """
    same = sparse.csr_array(np.eye(knots))
    first = sparse.csr_array(np.diff(np.eye(knots), axis=0))
    second = sparse.csr_array(np.diff(np.eye(knots), n=2, axis=0))
    still = np.ones(knots**3)
    still[active] = 0
    total = sparse.csr_array((len(active),) * 2)
    for factors, times in (
        ((second, same, same), 1),
        ((same, second, same), 1),
        ((same, same, second), 1),
        ((first, first, same), 2),
        ((first, same, first), 2),
        ((same, first, first), 2),
    ):
        operator = sparse.kron(sparse.kron(factors[0], factors[1]), factors[2]).tocsr()
        free = operator[abs(operator) @ still == 0][:, active]
        total = total + times * (free.T @ free)
    return total
