"""A potential flow changes volume as it is asked to, and lets nothing through the skull."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.own_tissue.potential_flow import PotentialFlow


@pytest.fixture(scope="module")
def ball() -> tuple[np.ndarray, np.ndarray]:
    """The inside of a ball, and a smooth change of volume in it whose sum is 0."""
    x, y, z = np.stack(np.meshgrid(*[np.arange(24.0) - 11.5] * 3, indexing="ij"))
    inside = x**2 + y**2 + z**2 < 100
    change = np.exp(-((x - 3) ** 2 + y**2 + z**2) / 12) * inside
    return inside, change - inside * change[inside].mean()


def divergence(velocity: np.ndarray) -> np.ndarray:
    return sum(np.gradient(velocity[axis], axis=axis) for axis in range(3))


def test_volume_changes_as_asked(ball):
    inside, change = ball
    found = divergence(PotentialFlow(inside).velocity(change))
    # away from the edge, where central differences are those of the flow
    deep = np.zeros_like(inside)
    deep[6:18, 6:18, 6:18] = True
    assert np.corrcoef(found[deep], change[deep])[0, 1] > 0.98
    middle = (12 + 3, 12, 12)
    assert found[middle] == pytest.approx(change[middle], rel=0.15)


def test_nothing_flows_through_the_edge_and_nothing_moves_outside(ball):
    inside, change = ball
    velocity = PotentialFlow(inside).velocity(change)
    assert not velocity[:, ~inside].any()
    place = np.stack(np.meshgrid(*[np.arange(24.0) - 11.5] * 3, indexing="ij"))
    radius = np.linalg.norm(place, axis=0)
    outwards = np.abs((velocity * place).sum(axis=0)) / radius
    edge, middle = (radius > 9) & inside, (radius > 4) & (radius < 7)
    assert outwards[edge].mean() < 0.25 * outwards[middle].mean()


def test_a_sum_that_does_not_vanish_is_taken_from_all_alike(ball):
    inside, change = ball
    plain, shifted = (PotentialFlow(inside).velocity(each) for each in (change, change + 0.3))
    np.testing.assert_allclose(shifted, plain, atol=1e-6)


def test_a_flow_is_linear_in_what_is_asked(ball):
    inside, change = ball
    skull = PotentialFlow(inside)
    np.testing.assert_allclose(skull.velocity(-2 * change), -2 * skull.velocity(change), atol=2e-3)
