"""The pictures that the command ``brainaging edit`` writes."""

import numpy as np
import pytest
from PIL import Image

from brainaging.pipeline.report.drawing.edit_picture import edit_picture
from brainaging.pipeline.runtime import UserError


def test_a_picture_holds_brains_and_colours_of_the_change(tmp_path, scan, change):
    edit_picture(tmp_path / "edit.png", scan, scan + change, change, 6.0, "A <b>title</b> $x_$", ["asked", "came"])
    assert [path.name for path in tmp_path.iterdir()] == ["edit.png"]
    image = np.asarray(Image.open(tmp_path / "edit.png").convert("RGB")).astype(int)
    assert image.shape[1] == 1120
    left, right = image[:, :700], image[:, 720:900]
    orange = [int(((part[..., 0] - part[..., 2]) > 80).sum()) for part in (left, right)]
    assert orange[0] == 0 and orange[1] > 500


def test_words_beneath_take_the_room_that_they_need(tmp_path, scan, change):
    sizes = []
    for index, lines in enumerate([[], ["short"], ["a long line " * 20]]):
        edit_picture(tmp_path / f"{index}.png", scan, scan, change, 6.0, "Title", lines)
        sizes.append(Image.open(tmp_path / f"{index}.png").height)
    assert sizes[0] < sizes[1] < sizes[2]


def test_no_change_is_drawn_too(tmp_path, scan):
    edit_picture(tmp_path / "same.png", scan, scan, np.zeros_like(scan), 6.0, "Nothing asked", [])
    assert (tmp_path / "same.png").stat().st_size > 1000


def test_volumes_that_do_not_fit_are_refused_and_leave_no_file(tmp_path, scan):
    with pytest.raises(UserError, match="one shape"):
        edit_picture(tmp_path / "edit.png", scan, scan[1:], scan, 6.0, "Title", [])
    assert list(tmp_path.iterdir()) == []
