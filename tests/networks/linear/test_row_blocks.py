"""Blocks cover every row once and keep to their bytes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from brainaging.networks.linear.row_blocks import BLOCK_BYTES, row_blocks, tensor_rows


@given(count=st.integers(0, 5000), each=st.integers(1, 2 * BLOCK_BYTES))
def test_blocks_cover_every_row_once_and_keep_to_their_bytes(count: int, each: int) -> None:
    found = row_blocks(count, each)
    assert [row for block in found for row in range(block.start, block.stop)] == list(range(count))
    assert all(
        block.stop - block.start == 1 or (block.stop - block.start) * each <= BLOCK_BYTES for block in found
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_of_a_tensor_come_in_double_and_are_the_callers_to_change(dtype: torch.dtype, monkeypatch) -> None:
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 3 * 8 * 4)
    samples = torch.arange(32, dtype=dtype).reshape(8, 4)
    rows = tensor_rows(samples)
    for _ in range(2):
        blocks = list(rows())
        assert [len(block) for block in blocks] == [3, 3, 2]
        assert torch.equal(torch.cat(blocks), torch.arange(32, dtype=torch.float64).reshape(8, 4))
        blocks[0].zero_()
