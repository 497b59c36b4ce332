"""How figures look: no trace outside, the same bytes, few of them."""

import base64
import io

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from brainaging.pipeline.report.drawing.style import drawing, embed, ordered_colours, pixels, small_png


def curve():
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [1, 0], label="$a_b$")
    return figure


def test_drawing_leaves_what_was_set():
    before = dict(mpl.rcParams)
    with drawing():
        assert mpl.rcParams["axes.grid"] is True
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_bytes_and_large_ones_are_pixels():
    with drawing():
        one, other = embed(curve(), "a curve"), embed(curve(), "a curve")
        assert one == other and (one.width, one.height) == (192, 96)
        assert one.src.startswith("data:image/svg+xml;base64,")
        assert embed(curve(), "a curve", vector=False).src.startswith("data:image/png;base64,")


def test_pixels_keep_their_order_and_what_is_missing_is_pale():
    picture = pixels(np.array([[0.0, 0.5, 1.0, np.nan]]), "four", cmap="gray", low=0.0, high=1.0)
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture.src.split(",")[1]))).convert("L")).astype(
        int
    )
    black, grey, white, missing = image[0]
    assert black < grey < missing < white == 255
    assert (picture.width, picture.height) == (4, 1)


def test_greys_stay_grey_in_a_small_png():
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 1)).repeat(3, axis=2)
    drawn = Image.open(io.BytesIO(small_png(image)))
    assert drawn.mode == "L"
    assert np.abs(np.asarray(drawn).astype(int) - image[..., 0]).max() <= 3


def test_ordered_groups_have_colours_of_their_own():
    assert len(set(ordered_colours(7))) == 7 and len(ordered_colours(1)) == 1
