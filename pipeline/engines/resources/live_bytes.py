"""The tensors that live while a program runs, and what an allocator holds for them."""

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from brainaging.pipeline.engines.resources.convolution_scratch import scratch
from brainaging.pipeline.engines.resources.heap import Heap


class LiveBytes(TorchDispatchMode):
    """Within it, tensors that come and go are counted, once for each memory, of fake tensors too.

    Only what is made within it counts, and what it made and still lives when it ends. A convolution on a CPU takes
    memory for itself while it runs (:func:`scratch`), which no tensor shows.

    Attributes:
        now: bytes of living tensors.
        peak: the most that lived, scratch included.
        heap: what a C library holds for them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.heap = Heap()
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, func: Any, types: Sequence[Any], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and count what it makes."""
        out = func(*args, **(kwargs or {}))
        made = [leaf for leaf in tree_leaves(out) if isinstance(leaf, Tensor)]
        for tensor in made:
            self._count(tensor)
        if beside := scratch(func, args, made):
            self.peak = max(self.peak, self.now + beside)
            self.heap.give_back(self.heap.take(beside), beside)
        return out

    def _count(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = int(storage._cdata), storage.nbytes()
        if key in self._known or not size:
            return
        self._known.add(key)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._gone, key, size, self.heap.take(size))

    def _gone(self, key: int, size: int, start: int) -> None:
        self._known.discard(key)
        self.now -= size
        self.heap.give_back(start, size)


def bytes_of(tensors: Sequence[Tensor]) -> int:
    """Return the bytes of tensors, memory that two of them share counted once."""
    found = {int(one.untyped_storage()._cdata): one.untyped_storage().nbytes() for one in tensors}
    return sum(found.values())
