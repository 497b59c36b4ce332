"""Any inferer of MONAI's, its network's convolutions in the precision that a config asks for."""

from collections.abc import Callable
from typing import Any

import torch
from monai.inferers import Inferer, SimpleInferer
from torch import Tensor, nn

from brainaging.pipeline.engines.arithmetic.mixed_precision import MixedPrecision


class MixedInferer(Inferer):
    """The ``inferer`` of any engine of MONAI's, around another: :class:`MixedPrecision` of its network.

    >>> from monai.networks.nets import resnet10
    >>> network = resnet10(n_input_channels=1, num_classes=2)
    >>> MixedInferer(precision="bf16")(torch.zeros(2, 1, 32, 32, 32), network).dtype
    torch.float32

    Args:
        inferer: what calls the network; none calls it once.
        precision: of :class:`MixedPrecision`.
        device: of the network.
        training: whether a trainer's.
    """

    def __init__(
        self,
        inferer: Inferer | None = None,
        precision: str = "auto",
        device: torch.device | str = "cpu",
        training: bool = True,
    ) -> None:
        self.inferer = SimpleInferer() if inferer is None else inferer
        self.arithmetic = MixedPrecision(precision, device, training)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Return what the inferer returns."""
        networks = [network] if isinstance(network, nn.Module) else []
        with self.arithmetic.within(*networks):
            return self.inferer(inputs, network, *args, **kwargs)
