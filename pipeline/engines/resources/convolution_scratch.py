"""What a convolution on a CPU takes beside its tensors."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

#: channels that a vector register holds: volumes of fewer are widened to as many
LANES = 16
#: volumes that an operation holds a second time, measured on single convolutions of 8 to 64 channels
COPIES = {torch.ops.aten.convolution.default: 1, torch.ops.aten.convolution_backward.default: 2}


def scratch(func: Any, args: Sequence[Any], made: Sequence[Tensor]) -> int:
    """Return the bytes that an operation takes for itself while it runs: 0 of all but convolutions on a CPU.

    oneDNN computes on channels in groups of 16. Volumes that lie otherwise are copied to lie so, one after the
    other: two of them at a time for gradients, one before. Those with channels last are taken as they are.

    Args:
        func: an operation of ATen.
        args: its arguments.
        made: what it gave.
    """
    copies = COPIES.get(func, 0)
    volumes = [one for one in (*args[:3], *made) if isinstance(one, Tensor) and one.ndim == 5] if copies else []
    if any(one.device.type != "cpu" for one in volumes):
        return 0
    plain = [one for one in volumes if not one.is_contiguous(memory_format=torch.channels_last_3d)]
    return sum(sorted(map(_widened, plain))[-copies:])


def _widened(volume: Tensor) -> int:
    channels = volume.shape[1]
    return volume.nbytes // max(channels, 1) * (-(-channels // LANES) * LANES)
