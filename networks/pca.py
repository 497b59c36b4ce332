"""Principal components of volumes, by way of the sample space (n is far smaller than the number of voxels)."""

from typing import NamedTuple

import torch
from torch import Tensor


class PrincipalComponents(NamedTuple):
    """Mean ``(v,)``, orthonormal components ``(k, v)`` and the standard deviation ``(k,)`` of each score."""

    mean: Tensor
    components: Tensor
    deviation: Tensor


def principal_components(samples: Tensor, count: int) -> PrincipalComponents:
    """Return the leading principal components of ``samples``.

    The eigenvectors of the n × n Gram matrix give the same components as the v × v covariance (Turk and
    Pentland 1991, "snapshot" method) at a cost that grows with n²v instead of v².

    Args:
        samples: ``(n, v)``, one row a sample.
        count: how many components are wanted; fewer come back where the samples do not span as many
            (at most n - 1).

    Raises:
        ValueError: fewer than two samples, or ``count`` below one.
    """
    if samples.ndim != 2 or len(samples) < 2:
        raise ValueError(f"principal components need samples (n >= 2, v), got {tuple(samples.shape)}")
    if count < 1:
        raise ValueError(f"the number of components must be at least 1, got {count}")
    mean = samples.mean(0)
    centred = samples - mean
    values, vectors = torch.linalg.eigh((centred @ centred.T).double())
    # Rounding leaves the null direction of the centred Gram matrix slightly off zero.
    keep = min(count, len(samples) - 1, int((values > values[-1] * 1e-7).sum()))
    values, vectors = values.flip(0)[:keep], vectors.flip(1)[:, :keep]
    components = (vectors / values.sqrt()).T.to(samples) @ centred
    return PrincipalComponents(mean, components, (values / (len(samples) - 1)).sqrt().to(samples))
