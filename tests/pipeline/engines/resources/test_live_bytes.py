"""Tensors that live are counted once each, whether they have memory or not, until they are gone."""

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from brainaging.pipeline.engines.resources.live_bytes import LiveBytes, bytes_of


def _program() -> torch.Tensor:
    a = torch.zeros(1000)
    b = a.view(10, 100)  # the same memory
    c = b + 1
    del a, b
    return c * 2


def test_what_lives_is_counted_and_views_are_not() -> None:
    with LiveBytes() as live:
        kept = _program()
        assert live.now == kept.nbytes == 4000
    # a is gone before the product, whose two tensors live at once
    assert live.peak == 8000
    del kept
    assert live.now == 0


def test_fake_tensors_count_as_real_ones_do() -> None:
    with LiveBytes() as real:
        _ = _program()
    with FakeTensorMode(), LiveBytes() as fake:
        _ = _program()
    assert fake.peak == real.peak
    assert fake.heap.peak == real.heap.peak


def test_shared_memory_is_one() -> None:
    a = torch.zeros(100)
    assert bytes_of([a, a[:50], torch.zeros(10)]) == 440
