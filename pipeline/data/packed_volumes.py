"""Volumes that are kept in 16 or 8 bits a voxel, and become float32 again when they are read."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from monai.data import CacheDataset
from monai.transforms import Compose, Transform
from torch import Tensor

from brainaging.pipeline.runtime import UserError, source_sha256

CacheType = Literal["float32", "float16", "uint8"]
CACHE_TYPES: tuple[CacheType, ...] = get_args(CacheType)
#: steps between a volume's least and greatest number above background, of which 0 is the 256th code
STEPS = 254
_CODES, _STEP, _LEAST = "codes", "step", "least"


def packed(volume: Tensor, cache_type: CacheType) -> Tensor | dict[str, Any]:
    """Return a floating-point volume in ``cache_type``: a tensor of that type, or codes with what they stand for.

    In float16 a number moves by at most 2^-11 of itself (by 2^-25 below 2^-14). In uint8 code 0 is the number 0,
    background, and codes 1 to 255 lie evenly from the least to the greatest of all other numbers of this volume: a
    number moves by at most half a step, 1/508 of their range. 0 stays exactly 0, and in uint8 of a volume without
    negative numbers nothing else becomes 0.

    Args:
        volume: of any shape.
        cache_type: what it is kept in; float32 of a float32 volume is the volume itself.

    Raises:
        UserError: a number is not finite, or too large: in float16 above 65504.
    """
    if cache_type == "float32":
        return volume.to(torch.float32)
    # half of float32's greatest: the range of numbers of both signs must be one, too
    most = torch.finfo(torch.float16).max if cache_type == "float16" else torch.finfo(torch.float32).max / 2
    if not bool((volume.abs() <= most).all()):  # also where one is NaN
        raise UserError(f"cache_type {cache_type}: expected numbers from {-most:.6g} to {most:.6g}, found others")
    if cache_type == "float16":
        return volume.to(torch.float16)
    inside = volume != 0
    codes = torch.zeros_like(volume, dtype=torch.uint8)
    least = step = 0.0
    if bool(inside.any()):
        numbers = volume[inside].double()
        least = float(numbers.min())
        step = (float(numbers.max()) - least) / STEPS
        codes[inside] = (1 + ((numbers - least) / step).round()).to(torch.uint8) if step else 1
    return {_CODES: codes, _STEP: step, _LEAST: least}


def unpacked(value: Any) -> Any:
    """Return the float32 volume of what :func:`packed` returned; anything else as it is."""
    if isinstance(value, Mapping) and _CODES in value:
        volume = value[_CODES].to(torch.float32)
        inside = volume.clamp(max=1)
        # background is 0 (0 - 0) + 0, and the least comes back to the bit; three times as fast as masking
        return volume.sub_(inside).mul_(float(value[_STEP])).add_(inside, alpha=float(value[_LEAST]))
    return value.to(torch.float32) if isinstance(value, Tensor) and value.dtype == torch.float16 else value


class PackVolumes(Transform):
    """Pack an item's volumes, see :func:`packed`: floating-point arrays of four axes ``(C, X, Y, Z)``.

    It is the last transform whose result a cache keeps; :func:`unpack_volumes` runs after it. Other entries,
    covariates and label maps among them, stay as they are.
    """

    def __init__(self, cache_type: CacheType) -> None:
        self.cache_type = cache_type
        # a disk cache's files are named after what transforms hold: others where the form of codes is another
        self.source = source_sha256(__name__)

    def __call__(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the item.

        Raises:
            UserError: see :func:`packed`, or the item is no dictionary.
        """
        if not isinstance(item, Mapping):
            raise UserError(
                f"cache_type {self.cache_type}: expected dictionary items, found {type(item).__name__}"
            )
        return {key: self._packed(value) for key, value in item.items()}

    def _packed(self, value: Any) -> Any:
        tensor = torch.as_tensor(value) if isinstance(value, Tensor | np.ndarray) else None
        if tensor is None or tensor.ndim != 4 or not tensor.is_floating_point():
            return value
        return packed(tensor, self.cache_type)


def unpack_volumes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with its volumes in float32.

    It is no :class:`Transform` on purpose: MONAI's caching datasets keep what transforms make up to the first that
    is random or none of MONAI's, and this must run whenever an item is read.
    """
    return {key: unpacked(value) for key, value in item.items()}


class PackedCacheDataset(CacheDataset):
    """MONAI's CacheDataset in memory, filled at once, whose packed volumes lie in one block for each key.

    Each volume is read in float32, packed, and freed. Where what is kept lies between what is freed, the C heap is
    full of holes: 400 volumes in float16 took 0.39 GB, almost as much as in float32, and take 0.21 in a block.

    Args:
        data: its items.
        transform: transforms with :class:`PackVolumes` and :func:`unpack_volumes` among them.
    """

    def __init__(self, data: Sequence[Any], transform: Compose) -> None:
        # num_workers 0: one by one in this thread, since ITK and torch are threaded already
        super().__init__(data, transform, copy_cache=False, num_workers=0, progress=False)

    def _fill_cache(self, indices: Any = None) -> list[Any]:
        self.blocks: dict[str, Tensor] = {}
        filled: list[Any] = super()._fill_cache(indices)
        return filled

    def _load_cache_item(self, idx: int) -> dict[str, Any]:
        item = super()._load_cache_item(idx)
        return {key: self._in_block(key, idx, value) for key, value in item.items()}

    def _in_block(self, key: str, row: int, value: Any) -> Any:
        if isinstance(value, Mapping) and _CODES in value:
            return {**value, _CODES: self._in_block(key, row, value[_CODES])}
        # a GPU's allocator has pools of sizes, and a MetaTensor its place: both stay as they are
        if type(value) is not Tensor or value.ndim != 4 or value.is_cuda:
            return value
        if key not in self.blocks:
            self.blocks[key] = torch.empty((len(self.data), *value.shape), dtype=value.dtype)
        block = self.blocks[key]
        if (block.shape[1:], block.dtype) != (value.shape, value.dtype):
            return value
        block[row] = value
        return block[row]
