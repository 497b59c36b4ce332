"""Every comparison of regions.csv as painted brains, on scales that are shared by what is compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainaging.pipeline.data.morphometry.columns import UNITS
from brainaging.pipeline.report.drawing.style import Picture
from brainaging.pipeline.report.painted.paint import atlas_image
from brainaging.pipeline.report.painted.paintable_atlases import ASEG, CORTICAL
from brainaging.pipeline.report.painted.panel import described, picture_of, region_values, significant
from brainaging.pipeline.report.painted.scale import SEX_DIFFERENCE, Scale, difference_scale, level_scale
from brainaging.pipeline.report.phrases import natural_key

# In this order; other measures of the cortex (curvature, folding) and of aseg (intensity) are not painted.
MEASURES = {"thickness": "Thickness", "area": "Surface area", "volume": "Volume"}
#: the differences of regions.csv by their name there: between whom, and in words; all else there are means
DIFFERENCES = {
    "sex": ("sex", "Men minus women"),
    "sex_given_head_size": ("sex", "Men minus women, at the same age and head size"),
    "age": ("age", "Older minus younger"),
    "age_given_sex_and_head_size": ("age", "Older minus younger, of the same sex and head size"),
}
#: groups whose means have a name of their own
GROUPS = {"": "The average brain", "F": "The average female brain", "M": "The average male brain"}


@dataclass(frozen=True)
class Map:
    """One painted brain: what is compared, atlas and measure, pixels (rows, columns, 3), scale and words.

    ``outlined`` is the number of regions outlined as significant; ``group`` is whose mean is shown, if one is.
    """

    comparison: str
    atlas: str
    measure: str
    image: np.ndarray
    scale: Scale
    alt: str
    outlined: int = 0
    group: str = ""

    @property
    def heading(self) -> str:
        """What the map measures: "Thickness of the cortex"."""
        if self.atlas == ASEG:
            return f"{MEASURES[self.measure]} below the cortex"
        return f"{MEASURES[self.measure]} of the cortex"

    @property
    def shows(self) -> str:
        """What is compared, in words."""
        if self.comparison in DIFFERENCES:
            return DIFFERENCES[self.comparison][1]
        return GROUPS.get(self.group, f"The average brain of {self.group} years")

    def picture(self) -> Picture:
        """Return the map for the page, with its colour bar."""
        return picture_of(self.atlas, self.image, self.scale, self.alt)


def paintable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of regions.csv that can be painted: a known atlas, a measure of :data:`MEASURES`, a side."""
    cortex = table["atlas"].isin(CORTICAL) & table["measure"].isin(list(MEASURES))
    below = (table["atlas"] == ASEG) & (table["measure"] == "volume")
    return table[cortex | below]


def comparison_maps(table: pd.DataFrame, comparison: str) -> list[Map]:
    """Return the maps of one comparison of regions.csv, each atlas and measure that it has."""
    rows = paintable(table)
    mine = rows[rows["comparison"] == comparison]
    maps = []
    for atlas in (*CORTICAL, ASEG):
        for measure in MEASURES:
            part = mine[(mine["atlas"] == atlas) & (mine["measure"] == measure)]
            if part.empty:
                continue
            scale = _scale(rows, comparison, atlas, measure)
            strong = significant(part) if comparison in DIFFERENCES else None
            values = region_values(part)
            image = (atlas_image(atlas, values, scale, strong) * 255 + 0.5).astype(np.uint8)
            words = described(atlas, values, scale, strong)
            group = str(part["group"].iloc[0])
            maps.append(Map(comparison, atlas, measure, image, scale, words, len(strong or ()), group))
    return maps


def comparisons(table: pd.DataFrame) -> list[str]:
    """Return the comparisons of regions.csv: everyone, women and men, age groups in order, then differences."""
    rows = paintable(table)
    groups = dict(zip(rows["comparison"], rows["group"], strict=True))
    means = [name for name in groups if name not in DIFFERENCES]

    def place(name: str) -> tuple[int, tuple[float, str]]:
        named = groups[name] in GROUPS
        return (list(GROUPS).index(groups[name]) if named else len(GROUPS), natural_key(groups[name]))

    return sorted(means, key=place) + [name for name in DIFFERENCES if name in groups]


def page_maps(maps: Sequence[Map]) -> list[Map]:
    """Return the maps that the page shows of a comparison: one atlas of the cortex, and aseg."""
    shown = next((name for name in CORTICAL if any(brain_map.atlas == name for brain_map in maps)), "")
    return [brain_map for brain_map in maps if brain_map.atlas in (shown, ASEG)]


def _scale(rows: pd.DataFrame, comparison: str, atlas: str, measure: str) -> Scale:
    """Return the scale that a map shares with those it will be compared with."""
    if comparison not in DIFFERENCES:
        # all means of one measure; volumes and areas span more than a factor of ten
        means = rows[~rows["comparison"].isin(list(DIFFERENCES)) & (rows["atlas"] == atlas)]
        unit = UNITS.get(measure, "")
        label = f"{MEASURES[measure].lower()}, {unit}" if unit else MEASURES[measure].lower()
        return level_scale(
            means.loc[means["measure"] == measure, "value"], label, logarithmic=measure != "thickness"
        )
    # the raw difference and the adjusted one, all measures and atlases: colours can be compared throughout
    kind = DIFFERENCES[comparison][0]
    alike = rows[rows["comparison"].isin([name for name, (of, _) in DIFFERENCES.items() if of == kind])]
    if kind == "sex":
        ends = ("larger in women", "larger in men")
        return difference_scale(alike["value"], "standard deviations", cmap=SEX_DIFFERENCE, ends=ends)
    per = next((text for text in alike.get("per", pd.Series(dtype=str)) if text), "decade or age bracket")
    step = "age bracket" if per == "bracket step" else per
    ends = ("smaller with age", "larger with age")
    return difference_scale(alike["value"], f"standard deviations per {step}", ends=ends)


def measure_words(measure: str) -> str:
    """Return a measure of FreeSurfer in words."""
    return {"area": "surface area", "meancurv": "mean curvature"}.get(measure, measure)
