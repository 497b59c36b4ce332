"""Every comparison of regions.csv as painted brains, on scales that are shared by what is compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainaging.pipeline.data.morphometry.columns import UNITS
from brainaging.pipeline.report.drawing.style import Picture
from brainaging.pipeline.report.painted.atlases import ASEG, CORTICAL
from brainaging.pipeline.report.painted.paint import atlas_image
from brainaging.pipeline.report.painted.panel import described, picture_of, region_values, significant
from brainaging.pipeline.report.painted.scale import SEX_DIFFERENCE, Scale, difference_scale, level_scale
from brainaging.pipeline.report.phrases import natural_key, word

# In this order; other measures of the cortex (curvature, folding) and of aseg (intensity) are not painted.
MEASURES = {"thickness": "Thickness", "area": "Surface area", "volume": "Volume"}
_DIFFERENCE = re.compile(r"(sex|age)(_given_.+)?")


@dataclass(frozen=True)
class Map:
    """One painted brain: what is compared, atlas and measure, pixels (rows, columns, 3), scale and words.

    ``outlined`` is the number of regions outlined as significant.
    """

    comparison: str
    atlas: str
    measure: str
    image: np.ndarray
    scale: Scale
    alt: str
    outlined: int = 0

    @property
    def heading(self) -> str:
        """What the map measures: "Thickness of the cortex"."""
        if self.atlas == ASEG:
            return f"{MEASURES[self.measure]} below the cortex"
        return f"{MEASURES[self.measure]} of the cortex"

    def picture(self) -> Picture:
        """Return the map for the page, with its colour bar."""
        return picture_of(self.atlas, self.image, self.scale, self.alt)


def is_difference(comparison: str) -> bool:
    """Say whether a comparison of regions.csv is a difference and not a mean."""
    return _DIFFERENCE.fullmatch(comparison) is not None


def paintable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of regions.csv that can be painted: a known atlas, a measure of :data:`MEASURES`, a side."""
    cortex = table["atlas"].isin(CORTICAL) & table["measure"].isin(list(MEASURES))
    below = (table["atlas"] == ASEG) & (table["measure"] == "volume")
    return table[cortex | below]


def comparison_maps(table: pd.DataFrame, comparison: str) -> list[Map]:
    """Return the maps of one comparison of regions.csv, each atlas and measure that it has."""
    rows = paintable(table)
    mine = rows[rows["comparison"] == comparison]
    found = []
    for atlas in (*CORTICAL, ASEG):
        for measure in MEASURES:
            part = mine[(mine["atlas"] == atlas) & (mine["measure"] == measure)]
            if part.empty:
                continue
            scale = _scale(rows, comparison, atlas, measure)
            strong = significant(part) if is_difference(comparison) else None
            values = region_values(part)
            image = (atlas_image(atlas, values, scale, strong) * 255 + 0.5).astype(np.uint8)
            words = described(atlas, values, scale, strong)
            found.append(Map(comparison, atlas, measure, image, scale, words, len(strong or ())))
    return found


def comparisons(table: pd.DataFrame) -> list[str]:
    """Return the comparisons of regions.csv: everyone, women and men, age groups in order, then differences."""
    there = set(paintable(table)["comparison"])
    means = [name for name in ("mean", "mean_F", "mean_M") if name in there]
    rest = sorted((name for name in there if name.startswith("mean_") and name not in means), key=natural_key)
    known = ("sex", "sex_given_head_size", "age", "age_given_sex_and_head_size")
    differences = [name for name in known if name in there]
    differences += sorted(name for name in there if is_difference(name) and name not in known)
    return means + rest + differences


def comparison_words(name: str) -> str:
    """Return what a comparison shows, in words."""
    words = {
        "mean": "The average brain",
        "mean_F": "The average female brain",
        "mean_M": "The average male brain",
        "sex": "Men minus women",
        "sex_given_head_size": "Men minus women, at the same age and head size",
        "age": "Older minus younger",
        "age_given_sex_and_head_size": "Older minus younger, of the same sex and head size",
    }
    if name.startswith("mean_") and name not in words:
        return f"The average brain of {name.removeprefix('mean_')} years"
    return words.get(name, word(name))


def page_maps(maps: Sequence[Map]) -> list[Map]:
    """Return the maps that the page shows of a comparison: one atlas of the cortex, and aseg."""
    shown = next((name for name in CORTICAL if any(one.atlas == name for one in maps)), "")
    return [one for one in maps if one.atlas in (shown, ASEG)]


def _scale(rows: pd.DataFrame, comparison: str, atlas: str, measure: str) -> Scale:
    """Return the scale that a map shares with those it will be compared with."""
    found = _DIFFERENCE.fullmatch(comparison)
    if found is None:
        # all means of one measure; volumes and areas span more than a factor of ten
        means = rows[rows["comparison"].str.startswith("mean") & (rows["atlas"] == atlas)]
        unit = UNITS.get(measure, "")
        label = f"{MEASURES[measure].lower()}, {unit}" if unit else MEASURES[measure].lower()
        return level_scale(
            means.loc[means["measure"] == measure, "value"], label, logarithmic=measure != "thickness"
        )
    # the raw difference and the adjusted one, all measures and atlases: colours can be compared throughout
    kind = found[1]
    alike = rows[rows["comparison"].str.fullmatch(_DIFFERENCE.pattern.replace("sex|age", kind))]
    if kind == "sex":
        ends = ("larger in women", "larger in men")
        return difference_scale(alike["value"], "standard deviations", cmap=SEX_DIFFERENCE, ends=ends)
    per = next((text for text in alike.get("per", pd.Series(dtype=str)) if text), "decade or age bracket")
    step = "age bracket" if per == "bracket step" else per
    ends = ("smaller with age", "larger with age")
    return difference_scale(alike["value"], f"standard deviations per {step}", ends=ends)
