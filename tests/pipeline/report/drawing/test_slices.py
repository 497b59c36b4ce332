"""Laws of the pictures: what is left stays left, outlines enclose."""

import numpy as np
import pytest

from brainaging.pipeline.report.drawing.slices import (
    PLANES,
    bounding_box,
    finer,
    grid_words,
    mid_slice,
    outline,
    resized,
    window,
)


def test_slices_keep_left_on_the_left_and_up_on_top():
    volume = np.zeros((8, 9, 10))
    volume[1, 7, 8] = 1.0  # the subject's left, to the front, high up (RAS)
    whole = tuple(slice(0, size) for size in volume.shape)
    for plane, (row, column) in zip(PLANES, [(1, 1), (1, 1), (1, 7)], strict=True):
        at = (1, 7, 8)[plane.axis]
        assert np.argwhere(mid_slice(volume, plane, whole, at=at)).tolist() == [[row, column]]


def test_a_box_holds_its_mask_and_an_empty_mask_keeps_all():
    mask = np.zeros((6, 6, 6), dtype=bool)
    assert bounding_box(mask) == (slice(0, 6),) * 3
    mask[2:4, 0, 5] = True
    assert bounding_box(mask) == (slice(1, 5), slice(0, 2), slice(4, 6))


def test_an_outline_surrounds_its_mask_in_picture_coordinates():
    mask = np.zeros((10, 10), dtype=bool)
    mask[2:5, 3:9] = True
    numbers = np.array(
        [float(part) for part in outline(mask).replace("M", " ").replace("L", " ").replace("Z", " ").split()]
    )
    x, y = numbers[0::2], numbers[1::2]
    assert (x.min(), x.max(), y.min(), y.max()) == (3.0, 9.0, 2.0, 5.0)
    assert outline(np.zeros((4, 4), dtype=bool)) == ""


@pytest.mark.parametrize("size", [2, 31, 64, 160, 161, 500])
def test_resized_pictures_keep_their_mean_and_stay_handy(size):
    picture = resized(np.full((size, size), 0.25))
    assert 80 <= max(picture.shape) <= 224 and np.allclose(picture, 0.25)


def test_a_slice_drawn_finer_says_what_the_grid_says():
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0.2, 0.9, (28, 32))
    fine = finer(coarse)
    assert fine.shape == (112, 128)
    assert coarse.min() <= fine.min() and fine.max() <= coarse.max()
    # averaged back into the grid's voxels it is the same picture
    blocks = fine.reshape(28, 4, 32, 4).mean(axis=(1, 3))
    assert np.corrcoef(blocks.ravel(), coarse.ravel())[0, 1] > 0.95
    assert finer(fine) is fine
    # smooth, and not in blocks
    assert len(np.unique(fine)) > 10 * coarse.size


def test_what_is_not_finite_stays_so_when_drawn_finer():
    coarse = np.where(np.arange(30)[:, None] < 15, np.nan, np.ones((30, 30)))
    fine = finer(coarse)
    assert np.isnan(fine[:50]).all() and np.allclose(fine[-50:], 1)
    assert np.isnan(finer(np.full((4, 4), np.nan))).all()


def test_the_grid_is_named_and_that_it_is_drawn_finer():
    assert grid_words(6.0) == "a grid of 6 mm, drawn finer by smooth interpolation"
    assert grid_words(2.0) == "a grid of 2 mm"


def test_windows_of_empty_and_constant_volumes_are_usable():
    assert window(np.full((2, 2), np.nan)) == (0.0, 1.0)
    low, high = window(np.zeros((1, 2, 2, 2)), np.ones((2, 2, 2), dtype=bool))
    assert low <= high
