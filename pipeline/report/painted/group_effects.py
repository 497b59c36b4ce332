"""Group maps by region as painted brains: mean voxel effects, and those of FreeSurfer's volumes beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.covariates import AGE
from brainaging.pipeline.data.freesurfer_atlases import ASEG, DESIKAN_KILLIANY
from brainaging.pipeline.report.painted.files import write_maps
from brainaging.pipeline.report.painted.maps import Map
from brainaging.pipeline.report.painted.paint import atlas_image
from brainaging.pipeline.report.painted.panel import described, region_values
from brainaging.pipeline.report.painted.scale import OTHER_DIFFERENCE, SEX_DIFFERENCE, Scale, difference_scale

COMPARISONS = {"age": "age_given_sex_and_head_size", "sex": "sex_given_head_size"}
LABELS = {"age": "residual SDs per decade", "sex": "Cohen's d"}
VOXEL_ENDS = {"age": ("darker with age", "brighter with age"), "sex": ("brighter in women", "brighter in men")}
_VOLUME_ENDS = {"age": ("smaller with age", "larger with age"), "sex": ("larger in women", "larger in men")}
_MAPPED = 0.5


def write_painted(folder: Path, regions: pd.DataFrame) -> list[tuple[str, str]]:
    """Write ``folder``/painted/<comparison>.png with mean effects by region, FreeSurfer's beside them where the
    table has the column morphometry; return (file, what it shows).

    Outlined are regions of whose voxels half or more are significant.
    """
    shown = {}
    for name, comparison in COMPARISONS.items():
        rows = regions[regions["comparison"] == name]
        maps = []
        for atlas in (DESIKAN_KILLIANY, ASEG):
            part = rows[rows["atlas"] == atlas]
            maps.append(_painted(part, name, atlas, rows["value"], "voxels"))
            if "morphometry" in part and part["morphometry"].notna().any():
                volumes = part.assign(value=part["morphometry"])
                maps.append(_painted(volumes, name, atlas, rows["morphometry"], "volume"))
        shown[comparison] = maps
    return write_maps(folder, shown)


@dataclass(frozen=True)
class _RegionMap(Map):
    """A painted brain of this module's two measures: mean voxel effects, and volumes' effects."""

    @property
    def heading(self) -> str:
        where = "below the cortex" if self.atlas == ASEG else "of the cortex"
        return f"{'Volume' if self.measure == 'volume' else 'Mean voxel'} {where}"


def _painted(part: pd.DataFrame, name: str, atlas: str, alike: pd.Series, measure: str) -> Map:
    volume = measure == "volume"
    scale = effect_scale(name, alike, _VOLUME_ENDS[name] if volume else VOXEL_ENDS[name])
    # FreeSurfer's volumes are not tested here
    strong = None if volume else frozenset(region_values(part[part["significant"] >= _MAPPED]))
    values = region_values(part)
    image = (atlas_image(atlas, values, scale, strong) * 255 + 0.5).astype(np.uint8)
    words = described(atlas, values, scale, strong)
    return _RegionMap(COMPARISONS[name], atlas, measure, image, scale, words, len(strong or ()))


def effect_scale(name: str, values: Sequence[float] | pd.Series, ends: tuple[str, str]) -> Scale:
    """Return the symmetric scale of effects of "age" or "sex" that reaches beyond ``values``."""
    cmap = OTHER_DIFFERENCE if name == AGE else SEX_DIFFERENCE
    return difference_scale(values, LABELS[name], cmap=cmap, ends=ends)
