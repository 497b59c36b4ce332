"""The V-cycle: symmetric, positive, and a good inverse of the Laplacian."""

import numpy as np
import pytest
import scipy.sparse as sparse

from brainaging.pipeline.simulate.elastic.multigrid import VCycle


@pytest.fixture(scope="module")
def problem():
    free = np.argwhere(np.sqrt(np.square(np.indices((15, 15, 15)) - 7).sum(0)) < 6.5)
    near = np.abs(free[:, None] - free[None]).sum(-1) == 1
    matrix = sparse.csr_array(6.0 * np.eye(len(free)) - near)
    return matrix, VCycle(matrix, free)


def test_it_is_symmetric_and_positive(problem):
    matrix, cycle = problem
    a, b = np.random.default_rng(0).normal(size=(2, matrix.shape[0], 1))
    assert float((a * cycle(b)).sum()) == pytest.approx(float((b * cycle(a)).sum()), rel=1e-9)
    assert float((a * cycle(a)).sum()) > 0


def test_repeated_it_solves(problem):
    matrix, cycle = problem
    wanted = np.random.default_rng(1).normal(size=(matrix.shape[0], 3))
    right, guess = matrix @ wanted, np.zeros_like(wanted)
    for _ in range(12):
        guess = guess + cycle(right - matrix @ guess)
    assert np.abs(guess - wanted).max() < 1e-3 * np.abs(wanted).max()


def test_points_that_interpolation_cannot_tell_apart_are_solved_too():
    # a thin shell with single points beside it: more coarse points than those around them can tell apart
    lattice = np.indices((41, 41, 41))
    shell = np.abs(np.sqrt(np.square(lattice - 20).sum(0)) - 13) < 0.6
    alone = (lattice % 4 == 1).all(0) & (np.sqrt(np.square(lattice - 20).sum(0)) > 16)
    free = np.argwhere(shell | alone)
    near = sparse.csr_array((np.abs(free[:, None] - free[None]).sum(-1) == 1).astype(float))
    matrix = (6.0 * sparse.eye_array(len(free)) - near).tocsr()
    cycle = VCycle(matrix, free)
    wanted = np.random.default_rng(2).normal(size=(len(free), 2))
    right, guess = matrix @ wanted, np.zeros_like(wanted)
    for _ in range(25):
        guess = guess + cycle(right - matrix @ guess)
    assert np.abs(guess - wanted).max() < 1e-3 * np.abs(wanted).max()
    a, b = np.random.default_rng(3).normal(size=(2, len(free), 1))
    assert float((a * cycle(b)).sum()) == pytest.approx(float((b * cycle(a)).sum()), rel=1e-6)
