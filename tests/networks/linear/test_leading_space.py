"""The leading space, exact and sketched, against a whole decomposition; and nothing that is rows by rows."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from brainaging.networks.linear import leading_space as module
from brainaging.networks.linear.leading_space import leading_space, most_components
from brainaging.networks.linear.row_blocks import tensor_rows


def _rows(n: int, v: int, spread: torch.Tensor, noise: float = 0.0, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    known = torch.randn(n, len(spread), generator=random, dtype=torch.float64) * spread
    maps = torch.linalg.qr(torch.randn(v, len(spread), generator=random, dtype=torch.float64))[0]
    return 5 + known @ maps.T + noise * torch.randn(n, v, generator=random, dtype=torch.float64)


@pytest.fixture(params=["exact", "sketched"])
def way(request, monkeypatch):
    """Both ways on the same small rows; blocks of a few."""
    monkeypatch.setattr(module, "MOST_ROWS", 10_000 if request.param == "exact" else 10)
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 50_000)
    return request.param


def _decomposed(rows: torch.Tensor):
    centred = rows - rows.mean(0)
    return centred, *torch.linalg.svd(centred, full_matrices=False)


def test_of_low_rank_the_space_is_the_whole_decompositions(way) -> None:
    rows = _rows(150, 90, torch.logspace(0, -3, 12))
    centred, _, singular, right = _decomposed(rows)
    space = leading_space(tensor_rows(rows), 12)
    axes = space.axes(12, torch.float64)
    np.testing.assert_allclose(axes @ axes.T, np.eye(12), atol=1e-9)
    np.testing.assert_allclose(space.squares.sqrt(), singular[:12], rtol=1e-6)
    np.testing.assert_allclose((axes * right[:12]).sum(1).abs(), 1, rtol=1e-6)
    np.testing.assert_allclose(space.scores, centred @ axes.T, atol=1e-9)
    assert space.total == pytest.approx(float(centred.square().sum()))


def test_with_noise_the_leading_components_are_found_and_the_rest_left_out(way) -> None:
    rows = _rows(300, 200, torch.linspace(3, 1, 8), noise=0.03)
    _, _, singular, right = _decomposed(rows)
    space = leading_space(tensor_rows(rows), 8)
    np.testing.assert_allclose(space.squares.sqrt(), singular[:8], rtol=1e-6)
    np.testing.assert_allclose((space.axes(8, torch.float64) @ right[:8].T).abs(), np.eye(8), atol=1e-4)
    assert space.scores.shape == (300, 8)


def test_other_rows_are_projected_as_the_rows_themselves(way) -> None:
    rows = _rows(120, 60, torch.linspace(2, 1, 5), noise=0.1)
    space = leading_space(tensor_rows(rows), 5)
    np.testing.assert_allclose(space.project(tensor_rows(rows[40:47])), space.scores[40:47], atol=1e-9)


def test_no_more_components_than_there_are_and_none_of_rows_that_are_alike(way) -> None:
    assert leading_space(tensor_rows(_rows(80, 50, torch.ones(3))), 20).scores.shape == (80, 3)
    alike = leading_space(tensor_rows(torch.full((80, 50), 3.0)), 20)
    assert alike.scores.shape == (80, 0)
    assert alike.total == 0


def test_of_few_rows_all_components_are_wanted_and_of_many_a_thousand() -> None:
    assert most_components(4000) == 3999
    assert most_components(4001) == 1000


def test_one_seed_gives_one_answer_and_leaves_the_global_stream_alone(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 10)
    rows = _rows(80, 50, torch.linspace(2, 1, 20), noise=0.5)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, same = (leading_space(tensor_rows(rows), 4, seed=7).scores for _ in range(2))
    assert torch.equal(one, same)
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(one, leading_space(tensor_rows(rows), 4, seed=8).scores)


def test_no_matrix_of_rows_by_rows_nor_a_second_copy_of_the_rows_is_held() -> None:
    """8,000 rows of 4,100 columns: 512 MB by rows, 262 MB a copy in double precision."""
    program = """
import resource, torch
from brainaging.networks.linear import leading_space, row_blocks
row_blocks.BLOCK_BYTES = 2**24
rows = torch.rand(8_000, 4_100, generator=torch.Generator().manual_seed(0))
torch.linalg.qr(torch.rand(100, 30))  # what is loaded at first use
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
leading_space.leading_space(row_blocks.tensor_rows(rows), 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    # (8,000 + 4,100) × 30 doubles are 3 MB; blocks and their copies are the rest
    assert int(done.stdout) * 1024 < 6 * 2**24
