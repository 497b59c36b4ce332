"""Group maps by region of FreeSurfer's atlas, and the same effects of FreeSurfer's own volumes beside them.

The two are not the same measure: a voxel's T1w intensity tells what tissue lies there, a region's volume how much
of it there is. Where cortex thins, its voxels darken; where a ventricle grows, they darken too. So the two have
opposite signs in fluid, and their correlation is given with and without it. Grey matter inside white may brighten
as it shrinks: even over tissue nothing says that the two must agree.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import pearsonr, spearmanr

from brainaging.pipeline.counterfactual.covariates import AGE, SEX, Covariates, Design
from brainaging.pipeline.data.freesurfer_atlases import ASEG, DESIKAN_KILLIANY, atlas, atlas_on_grid, spelling
from brainaging.pipeline.data.morphometry import Morphometry
from brainaging.pipeline.maps.voxel_maps import UNITS, GroupMaps, adjusted_effect
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec

KEY = ["comparison", "atlas", "structure", "hemisphere"]
#: structures of aseg that are filled with fluid, or lie in it
FLUID = frozenset(
    (
        "lateral_ventricle",
        "inf_lat_vent",
        "3rd_ventricle",
        "4th_ventricle",
        "5th_ventricle",
        "csf",
        "choroid_plexus",
    )
)
#: labels of an average brain that name no place in another one
NO_PLACE = frozenset(("wm_hypointensities", "non_wm_hypointensities", "vessel"))
ALL, TISSUE = "all regions", "tissue without ventricles"
#: people, and regions, below which an effect, and a correlation over regions, says nothing. Sensitivity: refusals
#: and empty cells, no number
FEWEST_PEOPLE, FEWEST_REGIONS = 10, 5


def region_effects(maps: GroupMaps, grid: GridSpec) -> pd.DataFrame:
    """Return a row for every covariate and region of Desikan-Killiany and aseg that has voxels in the mask.

    Columns: comparison ("age", "sex"), atlas, structure, hemisphere, voxels, value (mean effect over the region's
    voxels), unit, significant (share of these voxels).
    """
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, grid)
    cortical = atlas(DESIKAN_KILLIANY).cortical
    inside = labels[maps.mask]
    size = max(regions) + 1
    count = np.bincount(inside, minlength=size)
    frames = []
    for name, effects in maps.items():
        total = np.bincount(inside, effects.effect[maps.mask].astype(float), size)
        strong = np.bincount(inside, effects.significant[maps.mask].astype(float), size)
        frames += [
            {
                "comparison": name,
                "atlas": DESIKAN_KILLIANY if label in cortical else ASEG,
                "structure": region.structure,
                "hemisphere": region.hemisphere,
                "voxels": int(count[label]),
                "value": total[label] / count[label],
                "unit": UNITS[name],
                "significant": strong[label] / count[label],
            }
            for label, region in regions.items()
            if count[label] and region.structure not in NO_PLACE
        ]
    return pd.DataFrame(frames)


def morphometry_effects(table: Morphometry, scans: Sequence[tuple[str, str]], people: Covariates) -> pd.DataFrame:
    """Return each region's adjusted effect on its volume: comparison, atlas, structure, hemisphere, value, n.

    The model is that of the maps, on the same people and the same head size. Where a table has thickness and area
    of a cortical region and not its volume (HCP's), their product stands in for it.

    Args:
        table: FreeSurfer's measures.
        scans: (n,) subject and session of each scan.
        people: their covariates.

    Raises:
        UserError: fewer than ten of the people, or no volume of a region, are in the table.
    """
    rows, _ = table.rows_of(list(scans))
    listed = int((rows >= 0).sum())
    if listed < FEWEST_PEOPLE:
        raise UserError(
            f"{table.source}: expected {FEWEST_PEOPLE} or more of the {len(rows)} scans, found {listed}"
        )
    frames = []
    for (place, structure, hemisphere), volume in _volumes(table).items():
        values = np.where(rows >= 0, volume[rows], np.nan)
        measured = np.flatnonzero(np.isfinite(values))
        if len(measured) < FEWEST_PEOPLE or np.ptp(values[measured]) == 0:
            continue
        design = Design.of(people[measured])
        matrix, names = design.matrix(people[measured]), design.columns()
        if len(measured) <= matrix.shape[1]:
            continue
        centred = (values[measured] - values[measured].mean())[:, None]
        for name in (AGE, SEX):
            value = float(adjusted_effect(centred, matrix, names.index(name))[0][0])
            frames.append((name, place, structure, hemisphere, value, len(measured)))
    if not frames:
        raise UserError(f"{table.source}: expected volumes of regions (aseg, Desikan-Killiany), found none")
    return pd.DataFrame(frames, columns=[*KEY, "value", "n"])


def compare_with_morphometry(regions: pd.DataFrame, effects: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the regions with FreeSurfer's effect of each, and the correlation of the two over regions.

    Args:
        regions: of :func:`region_effects`.
        effects: of :func:`morphometry_effects`.

    Returns:
        ``regions`` with the column morphometry (NaN where the table lacks the region); and comparison, over (all
        regions, or tissue alone), pearson, spearman, n. Neighbouring regions are alike, so that n regions are
        fewer independent ones, and no p is given. NaN below five regions.
    """
    measured = effects.rename(columns={"value": "morphometry"})[[*KEY, "morphometry"]]
    joined = regions.merge(measured, on=KEY, how="left", validate="one_to_one")
    agreement = []
    for name, part in joined.groupby("comparison", sort=False):
        both = part[np.isfinite(part["morphometry"].to_numpy(dtype=float))]
        for over, rows in ((ALL, both), (TISSUE, both[~both["structure"].isin(FLUID)])):
            ours, theirs = rows["value"].to_numpy(dtype=float), rows["morphometry"].to_numpy(dtype=float)
            enough = len(rows) >= FEWEST_REGIONS and np.ptp(ours) > 0 and np.ptp(theirs) > 0
            pearson, spearman = (
                (float(pearsonr(ours, theirs)[0]), float(spearmanr(ours, theirs)[0]))
                if enough
                else (np.nan, np.nan)
            )
            agreement.append((name, over, pearson, spearman, len(rows)))
    return joined, pd.DataFrame(agreement, columns=["comparison", "over", "pearson", "spearman", "n"])


def _volumes(table: Morphometry) -> dict[tuple[str, str, str], np.ndarray]:
    """Return volumes (n,) in mm³ by atlas, structure and hemisphere."""
    measured: dict[str, dict[tuple[str, str, str], np.ndarray]] = {"volume": {}, "thickness": {}, "area": {}}
    for name, facts in table.columns.iterrows():
        if facts["atlas"] in (ASEG, DESIKAN_KILLIANY) and facts["measure"] in measured:
            key = (str(facts["atlas"]), spelling(str(facts["structure"])), str(facts["hemisphere"]))
            measured[str(facts["measure"])].setdefault(key, table.values[name].to_numpy(dtype=float))
    thick, area = measured["thickness"], measured["area"]
    product = {key: thick[key] * area[key] for key in thick if key in area}
    return product | measured["volume"]
