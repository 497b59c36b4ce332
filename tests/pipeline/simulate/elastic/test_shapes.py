"""People's own shapes: unit noise, nearly alike on both sides, a flow that has an inverse."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.deformations import jacobian
from brainaging.pipeline.simulate.elastic.shapes import flow, nearly_alike, smooth_noise


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(size=(3, 24, 26, 22))


def test_smoothed_noise_keeps_unit_variance(noise):
    assert smooth_noise(noise, 1.5).std() == pytest.approx(1, rel=0.15)


def test_without_asymmetry_both_sides_mirror_each_other(noise):
    field = nearly_alike(noise, 0.0, 11.5)
    mirror = field[:, ::-1] * np.array([-1.0, 1, 1])[:, None, None, None]
    np.testing.assert_allclose(field, mirror)
    assert nearly_alike(noise, 0.5, 11.5) == pytest.approx(noise)


def test_a_flow_does_not_fold_and_that_of_nothing_is_nothing(noise):
    fields = [smooth_noise(noise, sd) * amount for sd, amount in ((5, 1.0), (2.5, 0.4))]
    assert jacobian(flow(fields)).min() > 0.1
    assert not flow([np.zeros((3, 5, 5, 5))]).any()


def test_scales_flow_through_one_another(noise):
    fields = [smooth_noise(noise, 4), smooth_noise(noise[:, ::-1], 2.5)]
    assert np.abs(flow(fields) - flow(fields[::-1])).max() > 0.05
