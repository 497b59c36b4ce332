"""Laws of painting: the colour of a value, on its region, on its side, and nowhere else."""

import base64
import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image

from brainaging.pipeline.report.painted import Region, difference_scale, level_scale, paint
from brainaging.pipeline.report.painted.paint import atlas_image, atlas_regions
from brainaging.pipeline.report.painted.panel import _draw_bar
from brainaging.pipeline.report.painted.scale import Scale
from brainaging.pipeline.report.painted.subcortex import CUTS
from brainaging.pipeline.runtime import UserError

ATLASES = ("desikan-killiany", "destrieux", "aseg")
SCALE = difference_scale([1.0], "standard deviations", cmap="RdBu")


def table(values, atlas="desikan-killiany", measure="thickness", **extra):
    rows = [(name, side, measure, atlas, value) for (name, side), value in values.items()]
    return pd.DataFrame(rows, columns=["structure", "hemisphere", "measure", "atlas", "value"]).assign(**extra)


def changed(atlas, values, scale=SCALE, strong=None):
    """Return which pixels (rows, columns) differ from the picture without values."""
    bare = atlas_image(atlas, {}, scale)
    return np.abs(atlas_image(atlas, values, scale, strong) - bare).max(axis=2) > 0.02


@pytest.mark.parametrize("atlas", ["desikan-killiany", "destrieux"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_value_paints_its_own_hemisphere_only(atlas, side):
    name = {"desikan-killiany": "superiorfrontal", "destrieux": "G_front_sup"}[atlas]
    found = changed(atlas, {Region(name, side): 1.0})
    middle = found.shape[1] // 2
    mine, other = (
        (found[:, :middle], found[:, middle:]) if side == "left" else (found[:, middle:], found[:, :middle])
    )
    assert mine.sum() > 500 and not other.any()


def test_the_front_is_where_the_view_has_it():
    rows, columns = np.nonzero(changed("desikan-killiany", {Region("lateraloccipital", "left"): 1.0}))
    height, width = changed("desikan-killiany", {}).shape
    lateral = columns[rows < height // 2]
    # The left hemisphere from outside: the nose is at the left, the occipital lobe at the right of its tile.
    assert lateral.mean() > 0.38 * width
    rows, columns = np.nonzero(changed("desikan-killiany", {Region("rostralmiddlefrontal", "right"): 1.0}))
    assert columns[rows < height // 2].mean() > 0.85 * width
    rows, columns = np.nonzero(changed("desikan-killiany", {Region("cuneus", "right"): 1.0}))
    assert columns[rows > height // 2].mean() > 0.85 * width


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


def test_slices_have_the_left_on_the_left():
    found = changed("aseg", {Region("Putamen", "left"): 1.0})
    rows, columns = np.nonzero(found[: found.shape[0] // 2, : found.shape[1] // 3])
    assert len(rows) > 100 and columns.max() < found.shape[1] / 6
    other = changed("aseg", {Region("Putamen", "right"): 1.0})
    assert not (found & other).any()


@pytest.mark.parametrize("atlas", ATLASES)
def test_every_region_of_a_picture_changes_it(atlas):
    values = dict.fromkeys(atlas_regions(atlas), 0.0)
    before = atlas_image(atlas, values, SCALE)
    regions = sorted(values)
    for region in regions[:: max(1, len(regions) // 25)]:
        after = atlas_image(atlas, values | {region: 1.0}, SCALE)
        assert np.abs(after - before).max() > 0.1, region


@pytest.mark.parametrize("atlas", ATLASES)
def test_the_order_and_the_spelling_of_values_do_not_matter(atlas):
    names = {
        "desikan-killiany": [("Insula", "left"), ("PRECUNEUS", "right")],
        "destrieux": [("G&S_cingul-Ant", "left"), ("S_oc-temp_med&Lingual", "right")],
        "aseg": [("Thalamus-Proper", "left"), ("Brain-Stem", "")],
    }[atlas]
    plain = {
        "desikan-killiany": [("insula", "left"), ("precuneus", "right")],
        "destrieux": [("G_and_S_cingul-Ant", "left"), ("S_oc-temp_med_and_Lingual", "right")],
        "aseg": [("Thalamus", "left"), ("brain_stem", "")],
    }[atlas]
    one = dict(zip([Region(*name) for name in names], (0.4, -0.7), strict=True))
    other = dict(reversed(list(zip([Region(*name) for name in plain], (0.4, -0.7), strict=True))))
    assert changed(atlas, one).any()
    assert np.array_equal(atlas_image(atlas, one, SCALE), atlas_image(atlas, other, SCALE))


def test_no_value_is_grey_whatever_stands_for_it():
    nothing = atlas_image("desikan-killiany", {}, SCALE)
    gaps = {Region("insula", "left"): float("nan"), Region("no such region", "left"): 1.0}
    assert np.array_equal(nothing, atlas_image("desikan-killiany", gaps, SCALE))
    inside = nothing[np.abs(nothing - 1).max(axis=2) > 0.05]
    assert np.ptp(inside, axis=1).max() < 0.1


def test_opposite_values_have_mirrored_colours_and_zero_is_white():
    low, middle, high = SCALE.rgb(np.array([-1.0, 0.0, 1.0]))
    assert middle.min() > 0.95
    # red for minus, blue for plus, in RdBu
    assert low[0] > low[2] and high[2] > high[0]
    assert SCALE.low == -SCALE.high


def test_outlined_regions_keep_their_colour_and_the_others_fade():
    values = {Region("precuneus", "left"): 1.0, Region("insula", "left"): 1.0}
    plain = atlas_image("desikan-killiany", values, SCALE)
    marked = atlas_image("desikan-killiany", values, SCALE, strong=[Region("precuneus", "left")])
    insula = changed("desikan-killiany", {Region("insula", "left"): 1.0})
    assert marked[insula].mean() > plain[insula].mean() + 0.1
    precuneus = changed("desikan-killiany", {Region("precuneus", "left"): 1.0})
    assert marked[precuneus].mean() < plain[precuneus].mean()


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
        ({"atlas": "hcp-mmp"}, "atlas expected one of desikan-killiany, destrieux, aseg, found 'hcp-mmp'"),
    ],
)
def test_what_cannot_be_painted_is_refused_in_one_line(change, words):
    made = table({("precuneus", "left"): 0.31, ("insula", "right"): -0.12})
    made = made.drop(columns=change["drop"]) if "drop" in change else made.assign(**change)
    with pytest.raises(UserError, match=words):
        paint(made)


@pytest.mark.parametrize("values", [[], [np.nan], [0.0], [0.0, 0.0], [5.0, 5.0], [-3.0, 2.0], [1e-9, 1e6]])
def test_scales_of_any_values_are_usable(values):
    for scale in (
        difference_scale(values, "x"),
        level_scale(values, "x"),
        level_scale(values, "x", logarithmic=True),
        level_scale(values, "x", from_zero=True),
    ):
        known = [value for value in values if np.isfinite(value)]
        assert scale.low < scale.high
        assert all(scale.low <= value <= scale.high for value in known)
        assert np.isfinite(scale.rgb(np.array([*known, 0.5]))).all()


def test_slices_show_a_millimetre_alike():
    sizes = {(plane.across[1] - plane.across[0], plane.up[1] - plane.up[0]) for plane in CUTS}
    assert len(sizes) == 1
