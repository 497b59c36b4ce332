"""The network under the wrapper that several processes share it through."""

from torch import nn


def unwrapped(network: nn.Module) -> nn.Module:
    """Return the module inside ``DistributedDataParallel`` or ``DataParallel``; any other network as it is."""
    inner: nn.Module = getattr(network, "module", network)
    return inner
