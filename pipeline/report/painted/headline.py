"""The one painted brain that stands for a run in its summary picture."""

import pandas as pd
from matplotlib.figure import SubFigure

from brainaging.pipeline.report.drawing.style import MUTED
from brainaging.pipeline.report.painted.maps import Map, comparison_maps, comparisons, page_maps
from brainaging.pipeline.report.painted.panel import draw_brain, panel_size

# What is shown first; a mean stands for nothing but itself.
_FIRST = ("sex_given_head_size", "age_given_sex_and_head_size", "sex", "age", "mean")


def headline_map(table: pd.DataFrame) -> Map | None:
    """Return the map of regions.csv that says most: sex given head size if there, with most outlined."""
    there = comparisons(table)
    for name in (*(name for name in _FIRST if name in there), *there):
        maps = page_maps(comparison_maps(table, name))
        if maps:
            return max(maps, key=lambda brain_map: brain_map.outlined)
    return None


def draw_headline(part: SubFigure, shown: Map) -> None:
    """Draw the map into ``part``, as large as it fits, under what it shows."""
    width, height = panel_size(shown.atlas, shown.image)
    # of the part's height for its width, with room for two lines of text above
    full = part.bbox.width / part.bbox.height * height / width
    share = min(1.0, 0.86 / full)
    tall = share * full
    draw_brain(part, shown.atlas, shown.image, shown.scale, ((1 - share) / 2, 0.02, share, tall))
    part.text(0.5, 0.985, shown.shows, ha="center", va="top", fontsize=10, fontweight="bold")
    part.text(0.5, 0.935, shown.heading.lower(), ha="center", va="top", fontsize=9, color=MUTED)
