"""The README's picture: a scan's film beside its change and the true one."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from brainaging.pipeline.report import summary_picture
from brainaging.pipeline.report.drawing.style import drawing
from brainaging.pipeline.report.opening.edit_summary import draw_edit
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def arrays():
    """One edited scan, invented."""
    rng = np.random.default_rng(0)
    scan = np.zeros((12, 14, 13))
    scan[1:-1, 1:-1, 1:-1] = rng.uniform(0.7, 1.0, (10, 12, 11))
    change = 0.05 * rng.normal(size=scan.shape) * (scan > 0)
    film = np.stack([scan + share * change for share in (-1, 0, 1, 2)])
    words = {"spacing": np.array(2.0), "span": np.array(10.0), "film_ages": np.array([20.0, 40.0, 60.0, 80.0])}
    return {"mask": scan > 0, "scan": scan, "film": film, "predicted": change, "true": change, **words}


def test_it_shows_the_scan_three_ages_and_both_changes(arrays):
    canvas = Figure(figsize=(9, 4.1))
    with drawing():
        draw_edit(canvas, arrays, age=41.2)
    titles = [axes.get_title() for axes in canvas.axes if axes.get_title()]
    assert titles == ["scan, 41 years", "20 years", "60 years", "80 years", "change by the edit", "true change"]
    assert any("what 10 years change" in text.get_text() for text in canvas.texts)


def test_the_summary_of_a_run_with_an_edit_is_that_picture(arrays, tmp_path):
    np.savez(tmp_path / "one_edit.npz", **arrays)
    summary_picture(tmp_path, tmp_path / "one.png")
    summary_picture(tmp_path, tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    picture = imread(tmp_path / "one.png")
    assert picture.shape[:2] == (820, 1800) and picture[..., :3].std() > 0.05


def test_a_missing_array_is_named(arrays, tmp_path):
    np.savez(tmp_path / "one_edit.npz", **{name: arrays[name] for name in arrays if name != "true"})
    with pytest.raises(UserError, match=r"one_edit\.npz: expected arrays mask"):
        summary_picture(tmp_path, tmp_path / "one.png")
