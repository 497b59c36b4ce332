"""Similarity of pairs and spread: laws."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import pair_similarity, spread_ratio, variance_ratio
from brainaging.pipeline.measures.fidelity.diversity import total_variances
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import template_mask, template_volume


@pytest.mark.parametrize(("grid", "measure"), [("t1w_32", "ssim"), ("t1w_64", "ms_ssim")])
def test_equal_brains_have_similarity_one_by_the_measure_that_the_grid_allows(grid, measure):
    volumes = np.repeat(template_volume(grid)[None], 3, axis=0)
    similarity = pair_similarity(volumes, template_mask(grid), np.random.default_rng(0), 4)
    assert similarity.mean == pytest.approx(1, abs=1e-5)
    assert similarity.measure == measure


def test_a_pair_is_never_one_brain_twice():
    volumes = np.stack([template_volume("t1w_32"), 0.5 * template_volume("t1w_32")])
    similarity = pair_similarity(volumes, template_mask("t1w_32"), np.random.default_rng(0), 20)
    assert similarity.mean < 0.999
    assert similarity.error == pytest.approx(0, abs=1e-6)


def test_one_volume_has_no_pairs():
    with pytest.raises(UserError, match="at least 2 volumes, found 1"):
        pair_similarity(np.zeros((1, 32, 32, 32)), template_mask("t1w_32"), np.random.default_rng(0))


def test_ratios_are_of_variances_and_of_deviations():
    mask = np.ones((2, 2, 2), bool)
    mask[0, 0, 0] = False
    real = np.random.default_rng(0).normal(size=(30, 2, 2, 2))
    wider = 2 * real
    wider[:, 0, 0, 0] += 100 * np.arange(30)
    assert variance_ratio(wider, real, mask) == pytest.approx(4)
    assert spread_ratio(3 * real[:, 0, 0, 1] + 7, real[:, 0, 0, 1]) == pytest.approx(3)


def test_weighted_variances_are_those_of_the_drawn_sample():
    rng = np.random.default_rng(1)
    mask, volumes = np.ones((2, 2, 2), bool), rng.normal(size=(9, 2, 2, 2))
    rows = rng.integers(9, size=(3, 9))
    weights = np.stack([np.bincount(row, minlength=9) for row in rows])
    expected = [volumes[row][:, mask].var(axis=0, ddof=1).sum() for row in rows]
    np.testing.assert_allclose(total_variances(volumes, mask, weights), expected)


def test_variances_of_many_volumes_are_those_of_few(monkeypatch):
    rng = np.random.default_rng(2)
    mask = rng.random((3, 4, 5)) < 0.7
    volumes, weights = rng.normal(5, 1, size=(30, 3, 4, 5)), rng.multinomial(30, np.full(30, 1 / 30), size=7)
    few = total_variances(volumes, mask, weights)
    monkeypatch.setattr("brainaging.pipeline.measures.fidelity.diversity.MOST_ROWS", 20)
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 8 * 30 * 4)
    np.testing.assert_allclose(total_variances(volumes, mask, weights), few, rtol=1e-12)
