"""Principal components of volumes, by way of the sample space (n is far smaller than the number of voxels)."""

from typing import NamedTuple

import torch
from torch import Tensor

from brainaging.networks.linear.leading_space import MOST_ROWS, leading_space
from brainaging.networks.linear.row_blocks import Rows, tensor_rows

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
    Pentland 1991, "snapshot" method) at a cost that grows with n²v instead of v². Of more than
    :data:`~brainaging.networks.linear.leading_space.MOST_ROWS` samples they are :func:`components_of_rows`.

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
    if n > MOST_ROWS:
        return components_of_rows(tensor_rows(samples), count, samples.dtype)
    # In double, block by block: the Gram matrix squares the spread of the scores, and in float32 components below
    # a thousandth of the first one's spread are no longer orthogonal.
    mean = samples.mean(0, dtype=torch.float64)
    blocks = [slice(i, i + BLOCK) for i in range(0, samples.shape[1], BLOCK)]
    gram = torch.zeros(n, n, dtype=torch.float64, device=samples.device)
    for block in blocks:
        centred = samples[:, block] - mean[block]
        gram += centred @ centred.T
    values, vectors = torch.linalg.eigh(gram)
    keep = _differing(values, mean, n, count)
    values, vectors = values.flip(0)[:keep], vectors.flip(1)[:, :keep]
    weights = (vectors / values.sqrt()).T
    components = torch.empty(keep, samples.shape[1], dtype=samples.dtype, device=samples.device)
    for block in blocks:
        components[:, block] = (weights @ (samples[:, block] - mean[block])).to(samples)
    return PrincipalComponents(mean.to(samples), components, (values / (n - 1)).sqrt().to(samples))


def components_of_rows(rows: Rows, count: int, dtype: torch.dtype, seed: int = 0) -> PrincipalComponents:
    """Return the leading principal components of rows (n, v) that are read a block at a time.

    Nothing is n × n: see :func:`~brainaging.networks.linear.leading_space.leading_space`.

    Args:
        rows: goes through them.
        count: how many components are wanted.
        dtype: of what comes back.
        seed: of the sketch, where one is drawn.

    Raises:
        NoVarianceError: samples that are all alike.
    """
    space = leading_space(rows, count, seed)
    n = len(space.scores)
    keep = _differing(space.squares, space.mean, n, count)
    deviation = (space.squares[:keep] / (n - 1)).sqrt()
    return PrincipalComponents(space.mean.to(dtype), space.axes(keep, dtype), deviation.to(dtype))


def _differing(squares: Tensor, mean: Tensor, n: int, count: int) -> int:
    """Return how many of the wanted components n samples have, by the squared scores' sums of all components."""
    # What float32 images carry as rounding is no anatomy, nor is the null direction of the centred Gram matrix.
    largest = float(squares.max()) if len(squares) else 0.0
    floor = max(largest * 1e-10, float(mean.square().sum()) * n * 1e-14)
    keep = min(count, n - 1, int((squares > floor).sum()))
    if keep < 1:
        raise NoVarianceError(f"principal components need samples that differ; these {n} are all alike")
    return keep
