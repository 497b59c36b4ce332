"""Group maps by region as painted brains."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brainaging.pipeline.report.painted.group_effects import effect_scale, write_painted


@pytest.fixture
def regions():
    places = [("insula", "left", "desikan-killiany"), ("Putamen", "right", "aseg")]
    rows = [(*place, name, 0.4, 0.6) for place in places for name in ("age", "sex")]
    return pd.DataFrame(rows, columns=["structure", "hemisphere", "atlas", "comparison", "value", "significant"])


def test_one_file_a_covariate_says_what_it_shows(regions, tmp_path):
    alone = dict(write_painted(tmp_path, regions))
    assert alone == {
        "painted/age_given_sex_and_head_size.png": "Older minus younger, of the same sex and head size: "
        "voxels (Desikan-Killiany, aseg)",
        "painted/sex_given_head_size.png": "Men minus women, at the same age and head size: "
        "voxels (Desikan-Killiany, aseg)",
    }
    narrow = Image.open(tmp_path / "painted/sex_given_head_size.png").size
    both = dict(write_painted(tmp_path, regions.assign(morphometry=[0.1, np.nan, 0.2, 0.3])))
    assert "voxels, volume" in both["painted/sex_given_head_size.png"]
    assert Image.open(tmp_path / "painted/sex_given_head_size.png").size > narrow


def test_scales_are_symmetric_and_name_their_ends():
    scale = effect_scale("age", [0.31, -0.1], ("less", "more"))
    assert scale.low == -scale.high <= -0.31
    assert scale.label == "residual SDs per decade" and scale.ends == ("less", "more")
    assert effect_scale("sex", [1.0], ("a", "b")).cmap != scale.cmap
