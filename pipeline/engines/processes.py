"""What several processes share that train one network: the network itself, and what is drawn at random."""

from collections.abc import Callable

import ignite.distributed as idist
import torch
from torch import Tensor, nn

from brainaging.networks import T1wGenerator


def unwrapped(network: nn.Module) -> nn.Module:
    """Return the module inside ``DistributedDataParallel`` or ``DataParallel``; any other network as it is."""
    inner: nn.Module = getattr(network, "module", network)
    return inner


def own_rows(draw: Callable[[int], Tensor], count: int) -> Tensor:
    """Draw for the global batch, and return the rows of this process.

    Every process draws everything, from the same state: then its own rows are those that one process alone would
    have drawn for the same scans, and training is the same training whatever the number of processes. A
    ``DistributedSampler`` deals scans out in turn, to process r of W those at r, r + W, r + 2W, …

    Args:
        draw: returns so many rows.
        count: of scans in this process's batch, and in that of each other one.
    """
    processes, rank = idist.get_world_size(), idist.get_rank()
    return draw(count * processes)[rank::processes]


def own_latents(
    generator: T1wGenerator, count: int, draws: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Return latents ``(n, L)`` and details ``(n, D)`` for this process's batch, see :func:`own_rows`."""
    processes, rank = idist.get_world_size(), idist.get_rank()
    z, detail = generator.draw(count * processes, draws)
    return z[rank::processes], detail[rank::processes]
