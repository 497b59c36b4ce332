"""A scan moved is read between its voxels and loses little there."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.counterfactual.own_tissue.reading import resampled


@pytest.fixture(scope="module")
def volume() -> np.ndarray:
    """A plate of fluid two voxels wide in tissue, as wide as ventricles are at 4 mm, and noise."""
    image = np.zeros((24, 24, 24), dtype=np.float32)
    image[4:20, 4:20, 4:20] = 1.0
    image[11:13, 6:18, 6:18] = 0.0
    return gaussian_filter(image, 0.6) + 0.01 * np.random.default_rng(0).standard_normal(image.shape, np.float32)


def shifted(by: tuple[float, float, float]) -> np.ndarray:
    return np.broadcast_to(np.array(by, dtype=np.float32)[:, None, None, None], (3, 24, 24, 24)).copy()


def test_by_whole_voxels_nothing_is_lost(volume):
    inner = (slice(6, 18),) * 3
    found = resampled(volume, shifted((2, -1, 0)))
    np.testing.assert_allclose(found[inner], np.roll(volume, (-2, 1, 0), (0, 1, 2))[inner], atol=1e-4)


def test_half_a_voxel_there_and_back_leaves_narrow_fluid_as_dark(volume):
    where = (slice(10, 14), slice(8, 16), slice(8, 16))
    again = resampled(resampled(volume, shifted((0.5, 0, 0))), shifted((-0.5, 0, 0)))
    fluid = [float((1 - image[where]).sum()) for image in (volume, again)]
    assert fluid[1] == pytest.approx(fluid[0], rel=0.02)


def test_what_does_not_move_keeps_its_value(volume):
    shift = shifted((0, 0, 0))
    assert (resampled(volume, shift) == volume).all()
    shift[0, :12] = 0.4
    found = resampled(volume, shift)
    assert (found[12:] == volume[12:]).all()
    assert (found[:12] != volume[:12]).any()


def test_beyond_the_field_of_view_lies_nothing(volume):
    assert np.abs(resampled(volume + 1, shifted((100, 0, 0)))).max() == 0


def test_threads_change_no_bit(volume, monkeypatch):
    shift = np.random.default_rng(1).normal(0, 1, (3, 24, 24, 24)).astype(np.float32)
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        found.append(resampled(volume, shift))
    np.testing.assert_array_equal(*found)
