"""Group maps as one picture: effects over the mean brain."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY
from brainaging.pipeline.maps.region_effects import TISSUE
from brainaging.pipeline.maps.voxel_maps import EffectMap, GroupMaps
from brainaging.pipeline.report.chapters.group_maps import write_picture
from brainaging.transforms import get_grid, template_mask


@pytest.fixture(scope="module")
def drawn():
    """Return the grid, a mean brain, and maps with an effect in half of it."""
    grid = get_grid("t1w_32")
    mask = template_mask(grid)
    effect = np.where(mask, 0.3, 0).astype(np.float32)
    half = np.arange(mask.shape[0])[:, None, None] < 16
    p = np.where(mask & half, 0.01, 1.0).astype(np.float32)
    strong, weak = EffectMap(effect, 10 * effect, p, 2.5), EffectMap(effect, effect, np.ones_like(p), np.inf)
    return grid, mask.astype(np.float32), GroupMaps(strong, weak, mask, 40, 20, 20, 99, ("age", "sex"))


def test_an_effect_is_coloured_and_a_scatter_takes_room_of_its_own(drawn, tmp_path):
    grid, mean, maps = drawn
    write_picture(tmp_path / "alone.png", maps, mean, grid)
    image = np.asarray(Image.open(tmp_path / "alone.png").convert("RGB")).astype(int)
    colourful = np.ptp(image, axis=2) > 60
    assert colourful.any() and not colourful[:5].any()
    rows = [(name, DESIKAN_KILLIANY, "insula", 0.2, 0.1) for name in ("age", "sex")]
    regions = pd.DataFrame(rows, columns=["comparison", "atlas", "structure", "value", "morphometry"])
    agreement = pd.DataFrame(
        [(name, TISSUE, 0.5, 60) for name in ("age", "sex")], columns=["comparison", "over", "pearson", "n"]
    )
    write_picture(tmp_path / "both.png", maps, mean, grid, regions, agreement)
    assert Image.open(tmp_path / "both.png").width > image.shape[1]
