"""What an engine's batch or output holds, whether MONAI has decollated it into a list of items or not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ignite.distributed as idist
import numpy as np
import torch
from monai.utils import CommonKeys
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


def optional_entry(key: str) -> Callable[[Any], Any]:
    """Return what reads one entry of an output or a batch as :func:`entry` does, and None where there is none."""

    def read(data: Any) -> Any:
        if isinstance(data, Mapping):
            return data.get(key)
        if isinstance(data, Sequence) and data and all(isinstance(item, Mapping) and key in item for item in data):
            return [item[key] for item in data]
        return None

    return read


def number(value: Any) -> float:
    """Return a loss or a score as a number, without its gradient."""
    return float(torch.as_tensor(value).detach())


def stacked(items: Tensor | Sequence[Any]) -> Tensor:
    """Return a batch ``(B, …)``, or the batch that a list of decollated items makes."""
    return items if isinstance(items, Tensor) else torch.stack([torch.as_tensor(item) for item in items])


def loss_of(output: Any) -> Any:
    """Return the loss of a trainer's output: the entry ``loss``, decollated or not, or the output itself.

    Ignite's own ``create_supervised_trainer`` returns the loss as its output.
    """
    decollated = isinstance(output, Sequence) and bool(output) and isinstance(output[0], Mapping)
    return entry(CommonKeys.LOSS, first=True)(output) if decollated or isinstance(output, Mapping) else output


def gathered(parts: Sequence[Tensor | np.ndarray]) -> np.ndarray:
    """Return batches (B, …) as one array, with those of every process in the processes' order."""
    own = np.concatenate([np.asarray(part) for part in parts]) if parts else np.empty(0)
    if idist.get_world_size() > 1:
        # processes may hold batches of different size
        everyone: list[Any] = [None] * idist.get_world_size()
        torch.distributed.all_gather_object(everyone, own)
        return np.concatenate([part for part in everyone if len(part)] or [own])
    return own
