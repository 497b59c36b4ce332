"""Convolutions on a CPU copy volumes that do not lie with channels last, and no other operation does."""

import torch

from brainaging.pipeline.engines.resources.convolution_scratch import scratch

ATEN = torch.ops.aten


def test_volumes_with_channels_last_are_taken_as_they_are() -> None:
    x, weight = torch.zeros(2, 32, 8, 8, 8), torch.zeros(32, 32, 3, 3, 3)
    laid = x.contiguous(memory_format=torch.channels_last_3d)
    beside = weight.contiguous(memory_format=torch.channels_last_3d)
    assert scratch(ATEN.convolution.default, (laid, beside), [laid]) == 0
    assert scratch(ATEN.convolution.default, (x, beside), [x]) == x.nbytes
    assert scratch(ATEN.convolution_backward.default, (x, x, beside), [x]) == 2 * x.nbytes


def test_few_channels_are_widened_to_a_register() -> None:
    x = torch.zeros(2, 8, 8, 8, 8)
    assert scratch(ATEN.convolution.default, (x, torch.zeros(8, 8, 1, 1, 1)), [x]) == 2 * x.nbytes


def test_other_operations_take_nothing() -> None:
    x = torch.zeros(2, 32, 8, 8, 8)
    assert scratch(ATEN.add.Tensor, (x, x), [x]) == 0
