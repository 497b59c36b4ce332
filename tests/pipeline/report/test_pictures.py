"""Laws of the pictures: what is left stays left, outlines enclose, styles leave no trace."""

import shutil
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from brainaging.pipeline.report import render_report, summary_picture
from brainaging.pipeline.report.chapters.reconstructions import check_volumes
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, mid_slice, outline, resized, window
from brainaging.pipeline.runtime import UserError


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


def test_windows_of_empty_and_constant_volumes_are_usable():
    assert window(np.full((2, 2), np.nan)) == (0.0, 1.0)
    low, high = window(np.zeros((1, 2, 2, 2)), np.ones((2, 2, 2), dtype=bool))
    assert low <= high


def test_the_scans_shown_are_the_best_the_middle_and_the_worst():
    original = np.zeros((5, 2, 2, 2), dtype=np.float32)
    volumes = check_volumes(
        {
            "original": original,
            "mask": np.ones((2, 2, 2)),
            "autoencoder": original,
            "mse_autoencoder": np.array([3.0, 1.0, 5.0, 2.0, 4.0]),
        }
    )
    assert volumes.chosen() == [(1, "lowest error"), (0, "middle error"), (2, "highest error")]


def test_drawing_leaves_no_global_state(made_run, tmp_path):
    before = dict(mpl.rcParams)
    render_report(made_run)
    summary_picture(made_run, tmp_path / "hero.png")
    assert dict(mpl.rcParams) == before
    assert "brainaging.pipeline.report" in sys.modules


@pytest.mark.parametrize("missing", [None, "results.csv", "reconstructions.npz", "cohort.json"])
def test_the_summary_picture_is_wide_and_repeatable(made_run, tmp_path, missing):
    run = shutil.copytree(made_run, tmp_path / "run")
    if missing:
        (run / missing).unlink()
    summary_picture(run, tmp_path / "one.png")
    summary_picture(run, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    picture = imread(tmp_path / "one.png")
    assert picture.shape[:2] == (820, 1800)
    assert (picture[0, :, :3] == 1).all() and picture[..., :3].std() > 0.05


def test_a_summary_picture_of_nothing_is_refused(tmp_path):
    with pytest.raises(UserError, match="found neither"):
        summary_picture(tmp_path, tmp_path / "hero.png")
    assert list(tmp_path.iterdir()) == []
