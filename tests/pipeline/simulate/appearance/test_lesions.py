"""Lesions: in white matter, near ventricles first, as large as said, growing in place."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.appearance.lesions import Lesions, lesion_limit, lesion_order, lesion_share


@pytest.fixture
def head():
    radius = np.sqrt(np.square(np.indices((24, 24, 24)) - 11.5).sum(0))
    white = ((radius > 3) & (radius < 10)).astype(float)
    noise = np.random.default_rng(0).normal(size=white.shape)
    return white, (radius <= 3).astype(float), noise, radius


def test_they_hold_what_was_asked_lie_in_white_matter_and_near_the_ventricles(head):
    white, ventricles, noise, radius = head
    order = lesion_order(white, ventricles, noise, 4.0)
    share = lesion_share(order, lesion_limit(order, white, 20.0, 4.0))
    assert (share * white).sum() * 0.064 == pytest.approx(20.0, rel=0.1)
    assert not share[white == 0].any()
    assert radius[share > 0.5].mean() < radius[white > 0].mean() - 1


def test_older_lesions_contain_younger_ones_and_none_are_none(head):
    white, ventricles, noise, _ = head
    order = lesion_order(white, ventricles, noise, 4.0)
    shares = [lesion_share(order, lesion_limit(order, white, ml, 4.0)) for ml in (0.0, 2.0, 8.0)]
    assert not shares[0].any()
    assert (shares[2] >= shares[1]).all()
    assert shares[2].sum() > shares[1].sum()


def test_volumes_grow_from_the_onset_on_and_differ_by_person():
    lesions = Lesions(50.0, 0.2, 0.8, 0.9)
    assert lesions.volume(45.0, 1.0) == 0
    assert lesions.volume(70.0, 2.0) > lesions.volume(70.0, 0.0) > lesions.volume(60.0, 0.0) > 0
