"""Torch datasets that keep deterministic work: on the GPU where it fits, in memory, or on disk, never stale."""

import hashlib
import io
import pickle
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch
from monai.data import CacheDataset, Dataset, PersistentDataset, ThreadDataLoader
from monai.data.utils import pickle_hashing
from monai.transforms import Compose, EnsureTyped, RandomizableTrait, Transform
from monai.utils import CommonKeys, convert_to_tensor
from torch import Tensor

from brainaging.pipeline.data.disk_full import DiskFullError, is_disk_full
from brainaging.pipeline.data.packed_volumes import (
    CACHE_TYPES,
    CacheType,
    PackedCacheDataset,
    PackVolumes,
    unpack_volumes,
)
from brainaging.pipeline.runtime import UserError, atomic_output, source_sha256

Cache = Literal["auto", "gpu", "memory", "disk"]
CACHES = ("auto", "gpu", "memory", "disk")
#: what of the GPU's free memory a cache may take; networks and their gradients need the rest
GPU_SHARE = 0.5
_RUN_BY = ("brain-aging", "monai", "torch")


def _first_random(chain: Compose) -> int:
    """Return how many transforms run before the first random one: those whose result is kept."""
    index = chain.get_index_of_first(lambda t: isinstance(t, RandomizableTrait) or not isinstance(t, Transform))
    return len(chain.transforms) if index is None else int(index)


def hash_item(item: Any) -> bytes:
    """Return a hash of a data item that changes when a file it names changes (size, or time in ns).

    MONAI's own takes the path alone, and would give back what a file held before.
    """
    values = item.values() if isinstance(item, Mapping) else [item]
    stamps = []
    for value in values:
        path = Path(value) if isinstance(value, str | Path) else None
        if path is not None and path.is_file():
            stat = path.stat()
            stamps.append((stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(pickle_hashing(item) + repr(stamps).encode()).hexdigest().encode()


def hash_transforms(transforms: Any) -> bytes:
    """Return a hash of transforms with all their parameters, our source and the versions of what runs them."""
    made_by = repr([(name, version(name)) for name in _RUN_BY] + [source_sha256("brainaging.transforms")])
    return hashlib.sha256(made_by.encode() + pickle.dumps(transforms)).hexdigest().encode()


class DiskCacheDataset(PersistentDataset):
    """MONAI's PersistentDataset, stale and half-written files ruled out, and a full disk reported in one line.

    Keys hold the item, size and time of its files, every transform's parameters, our source and versions. Files
    are renamed into place whole; one that cannot be read is made again. Several runs may share a folder at once:
    what two of them make at the same time is the same, and the later takes the earlier's place.
    """

    def __init__(self, data: Sequence[Any], transform: Callable[..., Any], cache_dir: str | Path) -> None:
        self.folder = Path(cache_dir)
        super().__init__(data, transform, cache_dir, hash_func=hash_item, hash_transform=hash_transforms)

    def _cachecheck(self, item: Hashable) -> Any:
        path = self.folder / f"{self.hash_func(item).decode()[:32]}-{self.transform_hash[:32]}.pt"
        if path.is_file():
            # a file that is cut short raises any of these, by where it ends; the whole one is renamed onto it
            with suppress(EOFError, OSError, RuntimeError, pickle.UnpicklingError):
                return torch.load(path, weights_only=True)
        cached = convert_to_tensor(self._pre_transform(deepcopy(item)), convert_numeric=False, track_meta=False)
        buffer = io.BytesIO()
        torch.save(cached, buffer)
        try:
            with atomic_output(path) as temporary:
                temporary.write_bytes(buffer.getbuffer())
        except OSError as error:
            if is_disk_full(error):
                line = f"{self.folder}: no space left for the cache: free some, or cache in memory"
                raise DiskFullError(line) from error
            raise
        return cached


def cache_bytes(data: Sequence[Any], chain: Compose) -> int:
    """Return the bytes that all items take after ``chain``'s deterministic part, going by the first item."""
    if not len(data):
        return 0
    return len(data) * _bytes_of(chain(deepcopy(data[0]), end=_first_random(chain)))


def _bytes_of(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_bytes_of(part) for part in value.values())
    return torch.as_tensor(value).nbytes if hasattr(value, "shape") else 0


def fits_on_gpu(needed: int, device: torch.device) -> bool:
    """Say whether ``needed`` bytes are at most half of what is free on a CUDA ``device``."""
    free, _ = torch.cuda.mem_get_info(device)
    return needed <= GPU_SHARE * free


def _on_device(chain: Compose, data: Sequence[Any], device: torch.device) -> Compose:
    """Return ``chain`` with its last deterministic step moving tensors to ``device``, metadata dropped."""
    first = _first_random(chain)
    sample = chain(deepcopy(data[0]), end=first)
    if not isinstance(sample, Mapping):
        raise UserError(f"cache on {device}: expected dictionary items, found {type(sample).__name__}")
    keys = [key for key, value in sample.items() if hasattr(value, "shape")]
    move = EnsureTyped(keys=keys, device=device, track_meta=False)
    return Compose([*chain.transforms[:first], move, *chain.transforms[first:]])


def _packed(chain: Compose, cache_type: CacheType) -> Compose:
    """Return ``chain`` with volumes held in ``cache_type`` between its deterministic part and the rest."""
    if cache_type == "float32":
        return chain
    first = _first_random(chain)
    return Compose([*chain.transforms[:first], PackVolumes(cache_type), unpack_volumes, *chain.transforms[first:]])


def cached_dataset(
    data: Sequence[Mapping[str, Any]],
    transform: Callable[..., Any] | Sequence[Callable[..., Any]],
    cache: Cache = "auto",
    device: torch.device | str | None = None,
    cache_dir: str | Path | None = None,
    cache_type: CacheType = "float32",
) -> Dataset:
    """Return a dataset that runs the deterministic part of ``transform`` once an item and the rest each time.

    ``cache``: "gpu" keeps tensors on ``device`` (default: the first CUDA device), "memory" on the host, "disk" in
    ``cache_dir``; "auto" is "gpu" where there is one and the cache takes at most half of what is free there, else
    "memory". ``cache_type`` is what volumes are kept in, "float16" in half of the bytes and "uint8" in a quarter;
    an item has them in float32 (:func:`brainaging.pipeline.data.packed_volumes.packed` says how exact). Raises
    UserError: "gpu" without a GPU or without room (checked before it is filled), "disk" without ``cache_dir``.
    """
    if cache not in CACHES:
        raise UserError(f"cache: expected {', '.join(CACHES)}, found {cache!r}")
    if cache_type not in CACHE_TYPES:
        raise UserError(f"cache_type: expected {', '.join(CACHE_TYPES)}, found {cache_type!r}")
    chain = (transform if isinstance(transform, Compose) else Compose(transform)).flatten()
    if cache == "disk":
        if cache_dir is None:
            raise UserError("cache on disk: expected cache_dir, found none")
        return DiskCacheDataset(data, _packed(chain, cache_type), cache_dir)
    target = torch.device(device) if device is not None else torch.device("cuda" if _has_gpu() else "cpu")
    if cache == "gpu" and target.type != "cuda":
        raise UserError(f"cache on the GPU: expected a CUDA device, found {target}")
    if cache != "memory" and target.type == "cuda" and len(data):
        needed = cache_bytes(data, _packed(chain, cache_type))
        if fits_on_gpu(needed, target):
            chain = _on_device(chain, data, target)
        elif cache == "gpu":
            raise UserError(f"cache on {target}: {needed / 2**30:.1f} GiB do not fit in half of its free memory")
    if cache_type != "float32":
        return PackedCacheDataset(data, _packed(chain, cache_type))
    # num_workers 0: cached one by one in this thread, since ITK and torch are threaded already
    return CacheDataset(data, chain, copy_cache=False, num_workers=0, progress=False)


def stacked_images(dataset: Sequence[Any], device: torch.device | str | None = None) -> Tensor:
    """Return the images ``(n, 1, X, Y, Z)`` of all items on ``device``, by default the first one's.

    They are put in place one by one: a list of what a packed cache gives would hold all of them twice.

    Raises:
        ValueError: there is no item.
    """
    if not len(dataset):
        raise ValueError("expected at least one item, found none")
    first = torch.as_tensor(dataset[0][CommonKeys.IMAGE])
    images = torch.empty((len(dataset), *first.shape), dtype=first.dtype, device=device or first.device)
    for row in range(len(dataset)):
        images[row] = torch.as_tensor(dataset[row][CommonKeys.IMAGE])
    return images


def _has_gpu() -> bool:
    return torch.cuda.is_available()


def loader(
    dataset: Dataset, batch_size: int, shuffle: bool = False, drop_last: bool = False, seed: int = 0
) -> ThreadDataLoader:
    """Return MONAI's ThreadDataLoader without worker processes: a cached dataset has nothing to wait for.

    ``seed`` draws the order. A CUDA tensor cannot cross to a worker process, and a copy of the cache in each
    would cost the memory again.
    """
    order = torch.Generator().manual_seed(seed)
    return ThreadDataLoader(
        dataset, num_workers=0, batch_size=batch_size, shuffle=shuffle, drop_last=drop_last, generator=order
    )
