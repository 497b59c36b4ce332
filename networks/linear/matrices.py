"""Roots and inverses of 3 × 3 matrices by sums and products alone: ONNX has no operators for them."""

import torch
from torch import Tensor

#: of the root's iteration: from eigenvalues of a thousandth of their sum it is at float32's rounding after 14.
#: Sensitivity: none from there on
STEPS = 16


def symmetric_root(matrices: Tensor, steps: int = STEPS) -> Tensor:
    """Return the positive square roots of positive definite matrices ``(B, n, n)``, by Newton and Schulz.

    With Y₀ = A / tr A and Z₀ = I, Y ← ½ Y (3I − ZY) and Z ← ½ (3I − ZY) Z come to the root of A / tr A and its
    inverse (Higham 2008, Functions of matrices, equation 6.35). A matrix of zeros gives zeros.
    """
    trace = matrices.diagonal(dim1=1, dim2=2).sum(1).clamp(min=1e-12)[:, None, None]
    unit = torch.eye(matrices.shape[-1], dtype=matrices.dtype, device=matrices.device)
    root, inverse = matrices / trace, unit.expand_as(matrices)
    for _ in range(steps):
        factor = 1.5 * unit - 0.5 * (inverse @ root)
        root, inverse = root @ factor, factor @ inverse
    return root * trace.sqrt()


def inverse_3(matrices: Tensor) -> Tensor:
    """Return the inverses of matrices ``(..., 3, 3)``: adjugates by determinants."""
    rows = matrices.unbind(-2)
    columns = torch.stack(
        [
            torch.linalg.cross(rows[1], rows[2]),
            torch.linalg.cross(rows[2], rows[0]),
            torch.linalg.cross(rows[0], rows[1]),
        ],
        -1,
    )
    determinant = (rows[0] * columns[..., 0]).sum(-1)
    return columns / determinant[..., None, None]
