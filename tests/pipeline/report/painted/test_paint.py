"""Laws of painting: the colour of a value, on its region, on its side, and nowhere else."""

import numpy as np
import pytest

from brainaging.pipeline.report.painted import Region, difference_scale
from brainaging.pipeline.report.painted.paint import atlas_image, atlas_regions

ATLASES = ("desikan-killiany", "destrieux", "aseg")
SCALE = difference_scale([1.0], "standard deviations", cmap="RdBu")


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


def test_outlined_regions_keep_their_colour_and_the_others_fade():
    values = {Region("precuneus", "left"): 1.0, Region("insula", "left"): 1.0}
    plain = atlas_image("desikan-killiany", values, SCALE)
    marked = atlas_image("desikan-killiany", values, SCALE, strong=[Region("precuneus", "left")])
    insula = changed("desikan-killiany", {Region("insula", "left"): 1.0})
    assert marked[insula].mean() > plain[insula].mean() + 0.1
    precuneus = changed("desikan-killiany", {Region("precuneus", "left"): 1.0})
    assert marked[precuneus].mean() < plain[precuneus].mean()
