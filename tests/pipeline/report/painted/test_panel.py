"""A painted brain as a picture: its colour bar, its words, what of a table can be painted."""

import base64
import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image

from brainaging.pipeline.report.painted import paint
from brainaging.pipeline.report.painted.panel import _draw_bar
from brainaging.pipeline.report.painted.scale import Scale
from brainaging.pipeline.runtime import UserError


def table(values, atlas="desikan-killiany", measure="thickness", **extra):
    rows = [(name, side, measure, atlas, value) for (name, side), value in values.items()]
    return pd.DataFrame(rows, columns=["structure", "hemisphere", "measure", "atlas", "value"]).assign(**extra)


@pytest.mark.parametrize("high", [0.000171, 0.0239, 3.6, 1500.0])
def test_numbers_on_a_colour_bar_do_not_touch(high):
    canvas = Canvas(figsize=(4.9, 1.0))
    FigureCanvasAgg(canvas)
    _draw_bar(canvas, Scale(0.0, high, "viridis", "increase of the error when shuffled"), (0.2, 0.5, 0.6, 0.2))
    canvas.canvas.draw()
    axes = canvas.axes[0]
    shown = [
        label for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True) if 0 <= place <= high
    ]
    boxes = [label.get_window_extent() for label in shown]
    assert len(boxes) > 2
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_a_table_is_painted_alone_with_its_own_symmetric_scale():
    picture = paint(table({("precuneus", "left"): 0.31, ("insula", "right"): -0.12, ("nowhere", "left"): 9.0}))
    image = Image.open(io.BytesIO(base64.b64decode(picture.src.split(",")[1])))
    assert image.size[0] > picture.width and image.size[1] > picture.height
    assert "2 regions with a value" in picture.alt
    assert "lowest −0.12 (right insula), highest 0.31 (left precuneus)" in picture.alt
    assert "not on the picture: left nowhere" in picture.alt
    assert len(picture.src) < 120_000


def test_the_same_table_gives_the_same_bytes():
    one = paint(table({("precuneus", "left"): 0.31, ("insula", "right"): -0.12}))
    other = paint(table({("insula", "right"): -0.12, ("precuneus", "left"): 0.31}))
    assert one == other


def test_family_wise_p_decides_what_is_outlined():
    values = {("precuneus", "left"): 0.31, ("insula", "right"): -0.12}
    assert "1 outlined" in paint(table(values, p_fwe=[0.01, 0.2])).alt
    assert "0 outlined" in paint(table(values, p_fwe=[0.3, 0.2])).alt
    assert "outlined" not in paint(table(values, p_fwe=[np.nan, np.nan])).alt


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drop": "atlas"}, "missing atlas"),
        ({"atlas": ["aseg", "destrieux"]}, "column atlas: expected one atlas to paint, found aseg, destrieux"),
        ({"measure": ["area", "volume"]}, "column measure: expected one measure to paint, found area, volume"),
        ({"atlas": "hcp-mmp"}, "atlas expected one of desikan-killiany, dkt, destrieux, aseg, found 'hcp-mmp'"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_one_line(change, words):
    broken = table({("precuneus", "left"): 0.31, ("insula", "right"): -0.12})
    broken = broken.drop(columns=change["drop"]) if "drop" in change else broken.assign(**change)
    with pytest.raises(UserError, match=words):
        paint(broken)
