"""Overlap of masks, and of a scan with the template."""

import numpy as np

from brainaging.transforms import dice, template_dice


def test_dice_is_symmetric_one_for_the_same_and_zero_apart():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 50)) > 0.5
    assert dice(first, second) == dice(second, first)
    assert dice(first, first) == 1
    assert dice(first, ~first) == 0
    assert np.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))


def test_the_template_lies_on_itself_whatever_its_gain_and_less_where_it_is_moved(brain_2mm):
    volume, affine = brain_2mm
    overlaps = []
    for shift in (0.0, 10.0, 20.0, 40.0):
        moved = affine.copy()
        moved[0, 3] += shift
        overlaps.append(template_dice(volume, moved))
    assert overlaps[0] > 0.98
    assert (np.diff(overlaps) < 0).all()
    assert template_dice(100 * volume, affine) == overlaps[0]


def test_what_hangs_by_a_neck_counts_unless_it_is_trimmed(brain_2mm):
    volume, affine = brain_2mm
    with_neck = volume.copy()
    with_neck[46:50, 40:44, :20] = 800
    with_neck[30:66, 24:60, :6] = 800
    assert template_dice(with_neck, affine) < template_dice(with_neck, affine, trim=True)
