"""A film of one brain: a frame a volume."""

import numpy as np
import pytest
from PIL import Image

from brainaging.pipeline.report.drawing.film import FRAME_MS, brain_of, checked_volumes, film_gif
from brainaging.pipeline.runtime import UserError


def test_a_film_has_a_frame_a_volume(tmp_path, scan, change):
    film_gif(tmp_path / "film.gif", [scan, scan + change, scan], ["25 years", "35 years", "45 years"], 6.0)
    image = Image.open(tmp_path / "film.gif")
    assert image.n_frames == 3 and image.info["loop"] == 0
    assert image.info["duration"] == FRAME_MS == 400
    frames = []
    for index in range(3):
        image.seek(index)
        frames.append(np.asarray(image.convert("L")).astype(int))
    assert not np.array_equal(frames[0], frames[1])
    # the words differ, the brain is the same: one grey scale for all
    assert np.array_equal(frames[0][32:], frames[2][32:])


def test_grids_of_any_spacing_give_films_of_about_one_size(tmp_path, scan):
    film_gif(tmp_path / "coarse.gif", [scan], ["one"], 6.0)
    film_gif(tmp_path / "fine.gif", [scan.repeat(2, 0).repeat(2, 1).repeat(2, 2)], ["one"], 3.0)
    coarse, fine = (Image.open(tmp_path / name).size for name in ("coarse.gif", "fine.gif"))
    assert np.abs(np.subtract(coarse, fine)).max() < 0.2 * max(coarse)


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan")])
def test_a_spacing_that_is_no_length_is_refused(tmp_path, scan, spacing):
    with pytest.raises(UserError, match="spacing above 0 mm"):
        film_gif(tmp_path / "film.gif", [scan], ["one"], spacing)


def test_volumes_without_a_label_or_without_one_shape_are_refused_and_leave_no_file(tmp_path, scan):
    with pytest.raises(UserError, match="one shape"):
        film_gif(tmp_path / "film.gif", [], [], 6.0)
    with pytest.raises(UserError, match="a label for each of 2 volumes, found 1"):
        film_gif(tmp_path / "film.gif", [scan, scan], ["one"], 6.0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_finite_is_background(scan):
    broken = np.where(scan > 0.9, np.nan, scan)
    assert np.isfinite(checked_volumes([broken], 6.0)).all()
    assert brain_of(checked_volumes([scan], 6.0))[scan > 0.5].all()
