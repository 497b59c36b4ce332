"""Comparisons of regions.csv as painted brains: their order, their scales, what is left out."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.painted.maps import comparison_maps, comparisons, measure_words, page_maps

REGION = ["structure", "hemisphere", "measure", "atlas", "comparison", "group", "value", "p_fwe"]


def test_all_maps_of_a_kind_share_one_scale(table_run):
    table = read_run(table_run).regions
    raw, given = (comparison_maps(table, name) for name in ("sex", "sex_given_head_size"))
    assert len({one.scale for one in [*raw, *given]}) == 1
    women, men = (comparison_maps(table, name) for name in ("mean_F", "mean_M"))
    assert [one.scale for one in women] == [one.scale for one in men]
    assert raw[0].scale.low == -raw[0].scale.high
    assert not women[0].scale.logarithmic and women[-1].scale.logarithmic


def test_comparisons_come_in_reading_order(table_run):
    table = read_run(table_run).regions
    assert comparisons(table) == ["mean_F", "mean_M", "mean_22-25", "sex", "sex_given_head_size"]
    assert comparisons(table.sample(frac=1, random_state=1)) == comparisons(table)


def test_what_cannot_be_painted_is_left_out():
    table = pd.DataFrame(
        [
            ("eTIV", "", "volume", "global", "sex", "", 1.0, np.nan),
            ("insula", "left", "meancurv", "desikan-killiany", "sex", "", 1.0, np.nan),
        ],
        columns=REGION,
    )
    assert comparisons(table) == [] and comparison_maps(table, "sex") == []


@pytest.mark.parametrize(
    ("comparison", "group", "words"),
    [
        ("mean", "", "The average brain"),
        ("mean_M", "M", "The average male brain"),
        ("mean_36+", "36+", "The average brain of 36+ years"),
        ("age_given_sex_and_head_size", "", "Older minus younger, of the same sex and head size"),
    ],
)
def test_a_map_says_whose_mean_or_which_difference_it_shows(comparison, group, words):
    row = ("insula", "left", "thickness", "desikan-killiany", comparison, group, 2.5, np.nan)
    (one,) = comparison_maps(pd.DataFrame([row], columns=REGION), comparison)
    assert one.shows == words and one.heading == "Thickness of the cortex"
    assert page_maps([one]) == [one]
    assert measure_words("area") == "surface area"
