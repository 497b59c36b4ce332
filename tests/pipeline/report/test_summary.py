"""The summary picture: wide, repeatable, whatever is missing."""

import shutil

import matplotlib as mpl
import pytest
from matplotlib.image import imread

from brainaging.pipeline.report import summary_picture
from brainaging.pipeline.runtime import UserError


def test_drawing_leaves_no_global_state(example_run, tmp_path):
    before = dict(mpl.rcParams)
    summary_picture(example_run, tmp_path / "hero.png")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("missing", [None, "results.csv", "reconstructions.npz", "cohort.json"])
def test_the_summary_picture_is_wide_and_repeatable(example_run, tmp_path, missing):
    run = shutil.copytree(example_run, tmp_path / "run")
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


def test_the_summary_picture_of_a_table_shows_a_painted_brain(table_run, tmp_path):
    summary_picture(table_run, tmp_path / "one.png")
    summary_picture(table_run, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    picture = imread(tmp_path / "one.png")
    assert picture.shape[:2] == (820, 1800)
    # the left half holds more than words
    assert (picture[:, :900, :3].min(axis=2) < 0.97).mean() > 0.25
