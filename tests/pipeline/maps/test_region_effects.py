"""Group maps by region, and FreeSurfer's effects beside them."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas, atlas_on_grid
from brainaging.pipeline.data.morphometry import Morphometry
from brainaging.pipeline.maps.region_effects import (
    ALL,
    TISSUE,
    compare_with_morphometry,
    morphometry_effects,
    region_effects,
)
from brainaging.pipeline.maps.voxel_maps import EffectMap, GroupMaps
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, template_mask

GRID = GRIDS["t1w_32"]


@pytest.fixture(scope="module")
def maps() -> GroupMaps:
    rng = np.random.default_rng(0)
    shape = GRID.shape
    made = [
        EffectMap(rng.normal(size=shape), rng.normal(size=shape), rng.uniform(0, 0.2, size=shape), 4.0)
        for _ in range(2)
    ]
    return GroupMaps(made[0], made[1], template_mask(GRID), 40, 30, 30, 99, ("constant", "age"))


def test_the_table_is_what_is_counted_by_hand(maps: GroupMaps) -> None:
    table = region_effects(maps, GRID)
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, GRID)
    for region, name in ((Region("precuneus", "left"), "desikan-killiany"), (Region("thalamus", "right"), "aseg")):
        label = next(label for label, one in regions.items() if one == region)
        inside = (labels == label) & maps.mask
        rows = table[(table["structure"] == region.structure) & (table["hemisphere"] == region.hemisphere)]
        assert set(rows["atlas"]) == {name}
        for comparison, one in maps.items():
            row = rows[rows["comparison"] == comparison].iloc[0]
            assert row["voxels"] == inside.sum() > 0
            assert row["value"] == pytest.approx(one.effect[inside].mean())
            assert row["significant"] == pytest.approx((one.p[inside] <= 0.05).mean())


def test_the_atlas_lies_on_the_grid_where_it_lies_in_millimetres() -> None:
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, GRIDS["t1w_64"])
    assert labels.dtype == np.int32
    whole = atlas(DESIKAN_KILLIANY)
    for region in (Region("hippocampus", "left"), Region("superiorfrontal", "right")):
        label = next(label for label, one in regions.items() if one == region)
        here = np.argwhere(labels == label).mean(axis=0) @ GRIDS["t1w_64"].affine[:3, :3].T
        there = np.argwhere(whole.labels == label).mean(axis=0) @ whole.affine[:3, :3].T + whole.affine[:3, 3]
        np.testing.assert_allclose(here + GRIDS["t1w_64"].affine[:3, 3], there, atol=1.0)
    assert set(np.unique(labels)) <= {0, *regions}


def table_of(columns: dict[str, np.ndarray]) -> Morphometry:
    names = [f"s{row}" for row in range(len(next(iter(columns.values()))))]
    return Morphometry(pd.DataFrame(columns, index=pd.Index(names, name="subject")), "table.csv")


def test_morphometry_gets_the_same_model_and_hcp_cortex_its_volume_from_thickness_and_area() -> None:
    rng = np.random.default_rng(1)
    n = 400
    people = Covariates(rng.uniform(22, 36, n), rng.integers(0, 2, n).astype(float), rng.normal(1200, 90, n))
    volume = 4000 - 200 * (people.age / 10) + 2 * people.head_size + rng.normal(0, 100, n)
    table = table_of(
        {
            "FS_L_Hippo_Vol": volume,
            "FS_L_Cuneus_Thck": np.full(n, 2.0) + rng.normal(0, 1e-6, n),
            "FS_L_Cuneus_Area": volume / 2,
            "FS_L_Hippo_Mean": rng.normal(size=n),
        }
    )
    effects = morphometry_effects(table, [(f"s{row}", "") for row in range(n)], people)
    assert len(effects) == 4
    age = effects[effects["comparison"] == "age"].set_index("structure")["value"]
    assert age["hippocampus"] == pytest.approx(-2.0, abs=0.3)
    assert age["cuneus"] == pytest.approx(age["hippocampus"], abs=1e-3)
    with pytest.raises(UserError, match=r"table\.csv: expected 10 or more of the 400 scans, found 0"):
        morphometry_effects(table, [(f"other{row}", "") for row in range(n)], people)


def test_correlation_is_over_the_regions_that_both_have(maps: GroupMaps) -> None:
    regions = region_effects(maps, GRID)
    effects = regions[["comparison", "atlas", "structure", "hemisphere", "value"]].assign(n=40).iloc[3:]
    fluid = effects["structure"].isin(["lateral_ventricle", "choroid_plexus"])
    effects["value"] = np.where(fluid, -effects["value"], 2 * effects["value"])
    joined, agreement = compare_with_morphometry(regions, effects)
    assert len(joined) == len(regions)
    assert joined["morphometry"].isna().sum() == 3
    found = agreement.set_index(["comparison", "over"])
    assert found.loc[("sex", TISSUE), "pearson"] == pytest.approx(1)
    assert found.loc[("sex", TISSUE), "spearman"] == pytest.approx(1)
    assert found.loc[("sex", ALL), "pearson"] < 1
    assert found.loc[("sex", ALL), "n"] > found.loc[("sex", TISSUE), "n"]
