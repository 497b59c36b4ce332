"""What an engine's batch or output holds, whether MONAI has decollated it into a list of items or not."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def entry(key: str, first: bool = False) -> Callable[[Any], Any]:
    """Return what reads one entry of an output or a batch: an ``output_transform`` or ``batch_transform``.

    MONAI's ``from_engine`` of one key gives a tuple of one for a dictionary and no tuple for a list; this one
    gives the entry itself.

    Args:
        key: the entry's name.
        first: of a decollated output, return the first item's entry: for numbers that have no batch axis, such as
            the loss, which MONAI repeats in every item. Otherwise the list of all items' entries.
    """

    def read(data: Any) -> Any:
        if isinstance(data, Sequence):
            return data[0][key] if first else [item[key] for item in data]
        return data[key]

    return read


def number(value: Any) -> float:
    """Return a loss or a score as a number, without its gradient."""
    return float(torch.as_tensor(value).detach())


def stacked(items: Tensor | Sequence[Any]) -> Tensor:
    """Return a batch ``(B, …)``, or the batch that a list of decollated items makes."""
    return items if isinstance(items, Tensor) else torch.stack([torch.as_tensor(item) for item in items])
