"""Blocks of pairs give scikit-learn's numbers on whole matrices, and NumPy's median."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel

from brainaging.pipeline.measures.fidelity import coverage, frechet_distance, mmd
from brainaging.pipeline.measures.fidelity.pair_sums import kernel_sum, median_gap

BLOCK = "brainaging.networks.linear.row_blocks.BLOCK_BYTES"


def whole_median(sample):
    return float(np.median(pairwise_distances(sample)[np.triu_indices(len(sample), 1)]))


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(50, 6)), rng.normal(0.2, 1.1, size=(41, 6))


def test_one_block_is_the_whole_matrix_bit_for_bit(samples):
    one, other = samples
    assert kernel_sum(one, one, 0.1) == rbf_kernel(one, gamma=0.1).sum()
    assert kernel_sum(one, other, 0.1) == rbf_kernel(one, other, gamma=0.1).sum()
    assert median_gap(one) == whole_median(one)


def test_blocks_add_up_to_the_whole_matrix(samples, monkeypatch):
    one, other = samples
    whole = mmd(one, other), coverage(one, other), frechet_distance(one, other)
    monkeypatch.setattr(BLOCK, 8 * 41 * 7)
    monkeypatch.setattr("brainaging.pipeline.measures.fidelity.distances.BLOCK_BYTES", 100)
    assert kernel_sum(one, one, 0.1) == pytest.approx(rbf_kernel(one, gamma=0.1).sum(), rel=1e-14)
    assert mmd(one, other) == pytest.approx(whole[0], rel=1e-12, abs=1e-14)
    assert frechet_distance(one, other) == pytest.approx(whole[2], rel=1e-12)
    for name, members in coverage(one, other).members.items():
        np.testing.assert_array_equal(members, whole[1].members[name])


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(2, 30),
    distinct=st.integers(1, 30),
    scale=st.sampled_from([1e-9, 1.0, 1e12]),
    seed=st.integers(0),
)
def test_the_median_by_digits_is_numpys_also_of_ties_and_zeros(count, distinct, scale, seed):
    rng = np.random.default_rng(seed)
    # whole numbers: distances are the same however they are blocked
    sample = scale * rng.integers(0, 9, size=(distinct, 3)).astype(float)[rng.integers(distinct, size=count)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BLOCK, 8 * count * max(1, count // 3))
        assert median_gap(sample) == pytest.approx(whole_median(sample), rel=1e-12)
