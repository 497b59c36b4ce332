"""What a training takes, counted on torch's meta device, where tensors have no memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

#: moments that Adam keeps of a parameter
MOMENTS = 2


@dataclass(frozen=True)
class TrainedParts:
    """The networks of a training on the meta device.

    Attributes:
        networks: by their names in a checkpoint; what two of them share counts once.
        trained: parameters that an optimiser moves.
    """

    networks: dict[str, nn.Module]
    trained: list[nn.Parameter]

    @property
    def parameters(self) -> int:
        """Numbers of all networks, buffers that are stored among them."""
        return self.stored // 4

    @property
    def stored(self) -> int:
        """Bytes of the networks in a checkpoint."""
        return _distinct(
            value
            for network in self.networks.values()
            for value in network.state_dict().values()
            if isinstance(value, Tensor)
        )

    @property
    def checkpoint(self) -> int:
        """Bytes of a checkpoint: networks and Adam's moments."""
        return self.stored + MOMENTS * sum(weight.nbytes for weight in self.trained)

    @property
    def halved(self) -> int:
        """Bytes of the first network alone in half precision, as weights ship."""
        state = next(iter(self.networks.values())).state_dict()
        return sum(value.nbytes // 2 for value in state.values() if isinstance(value, Tensor))


def on_meta(build: Callable[[], Any]) -> Any:
    """Return what ``build`` makes with parameters and buffers that have shapes and no memory."""
    with torch.device("meta"):
        built = build()
    for network in built if isinstance(built, tuple) else (built,):
        if isinstance(network, nn.Module):
            network.to("meta")
    return built


def kept_for_backward(step: Callable[[], Any], networks: Iterable[nn.Module]) -> int:
    """Return the bytes of activations that ``step``, a forward pass on the meta device, keeps for its gradients.

    Args:
        step: the pass.
        networks: whose own weights do not count.
    """
    own = {id_of(value) for network in networks for value in (*network.parameters(), *network.buffers())}
    found: dict[int, int] = {}
    alive: list[Tensor] = []

    def keep(tensor: Tensor) -> Tensor:
        if id_of(tensor) not in own:
            found[id_of(tensor)] = tensor.untyped_storage().nbytes()
            alive.append(tensor)  # so that no later tensor takes its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        step()
    return sum(found.values())


def id_of(tensor: Tensor) -> int:
    """Return what tells one memory from another, on the meta device too, where addresses are all 0."""
    return int(tensor.untyped_storage()._cdata)


def _distinct(tensors: Iterable[Tensor]) -> int:
    return sum({id_of(tensor): tensor.untyped_storage().nbytes() for tensor in tensors}.values())
