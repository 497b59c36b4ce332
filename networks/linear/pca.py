"""Principal components of volumes, by way of the sample space (n is far smaller than the number of voxels)."""

from typing import NamedTuple

import torch
from torch import Tensor

#: voxels that are taken to double precision at once
BLOCK = 8192


class NoVarianceError(ValueError):
    """Samples that are all alike: they have no principal components."""


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
        NoVarianceError: samples that are all alike.
        ValueError: fewer than two samples, or ``count`` below one.
    """
    if samples.ndim != 2 or len(samples) < 2:
        raise ValueError(f"principal components need samples (n >= 2, v), got {tuple(samples.shape)}")
    if count < 1:
        raise ValueError(f"the number of components must be at least 1, got {count}")
    n = len(samples)
    # In double, block by block: the Gram matrix squares the spread of the scores, and in float32 components below
    # a thousandth of the first one's spread are no longer orthogonal.
    mean = samples.mean(0, dtype=torch.float64)
    blocks = [slice(i, i + BLOCK) for i in range(0, samples.shape[1], BLOCK)]
    gram = torch.zeros(n, n, dtype=torch.float64, device=samples.device)
    for block in blocks:
        centred = samples[:, block] - mean[block]
        gram += centred @ centred.T
    values, vectors = torch.linalg.eigh(gram)
    # What float32 images carry as rounding is no anatomy, nor is the null direction of the centred Gram matrix.
    floor = max(float(values[-1]) * 1e-10, float(mean.square().sum()) * n * 1e-14)
    keep = min(count, n - 1, int((values > floor).sum()))
    if keep < 1:
        raise NoVarianceError(f"principal components need samples that differ; these {n} are all alike")
    values, vectors = values.flip(0)[:keep], vectors.flip(1)[:, :keep]
    weights = (vectors / values.sqrt()).T
    components = torch.empty(keep, samples.shape[1], dtype=samples.dtype, device=samples.device)
    for block in blocks:
        components[:, block] = (weights @ (samples[:, block] - mean[block])).to(samples)
    return PrincipalComponents(mean.to(samples), components, (values / (n - 1)).sqrt().to(samples))
