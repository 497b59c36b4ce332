"""The one painted brain that stands for a run."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from brainaging.pipeline.report.painted.headline import draw_headline, headline_map

COLUMNS = ["structure", "hemisphere", "measure", "atlas", "comparison", "group", "value", "p_fwe"]


def rows(comparison, group="", p=np.nan, measure="thickness"):
    return ("insula", "left", measure, "desikan-killiany", comparison, group, 0.5, p)


def test_the_adjusted_difference_of_sex_comes_first_and_most_outlined_of_it():
    table = pd.DataFrame(
        [
            rows("mean"),
            rows("sex", p=0.001),
            rows("sex_given_head_size", p=0.5),
            rows("sex_given_head_size", p=0.01, measure="area"),
        ],
        columns=COLUMNS,
    )
    chosen = headline_map(table)
    assert (chosen.comparison, chosen.measure, chosen.outlined) == ("sex_given_head_size", "area", 1)
    assert headline_map(table[table["comparison"] == "mean"]).comparison == "mean"
    figure = Figure(figsize=(4, 4))
    draw_headline(figure.subfigures(1, 1), chosen)
    assert "Men minus women, at the same age and head size" in [
        text.get_text() for text in figure.subfigs[0].texts
    ]


def test_what_cannot_be_painted_has_no_headline():
    assert headline_map(pd.DataFrame([rows("sex", measure="meancurv")], columns=COLUMNS)) is None
