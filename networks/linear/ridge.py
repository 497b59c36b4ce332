"""Ridge regression of many measures on a few codes, its penalty by leaving one out."""

import torch
from torch import Tensor

#: penalties that are tried, by the codes' mean sum of squares: by tens from none to one that leaves little but
#: the mean
PENALTIES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)


def ridge(codes: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return coefficients ``(L, v)`` of values ``(n, v)`` on codes ``(n, L)``, both about their means, and errors.

    Errors ``(n, v)`` are values less what the other rows predict.

    With U D Vᵀ = codes, a penalty λ keeps d² / (d² + λ) along each axis; the prediction of a row by the others is
    off by its residual / (1 − h), h its leverage (Golub, Heath and Wahba 1979, Technometrics 21:215). One penalty
    serves all measures: that with the least sum of squares of these.
    """
    x, y = codes - codes.mean(0), values - values.mean(0)
    u, d, vt = torch.linalg.svd(x, full_matrices=False)
    along = u.T @ y
    best, chosen, left = torch.inf, torch.ones_like(d), y
    for penalty in PENALTIES:
        keep = d**2 / (d**2 + penalty * d.square().mean())
        # the mean takes a share of every row too
        leverage = (u.square() * keep).sum(1) + 1 / len(x)
        errors = (y - u @ (keep[:, None] * along)) / (1 - leverage).clamp_min(1e-6)[:, None]
        error = float(errors.square().sum())
        if error < best:
            best, chosen, left = error, keep, errors
    inverse = torch.where(d > 1e-6 * d.max(), chosen / d, torch.zeros_like(d))
    return vt.T @ (inverse[:, None] * along), left
