"""What is kept and shown of group maps: volumes, maps.json, and lines for a terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.maps.voxel_maps import UNITS, GroupMaps
from brainaging.pipeline.report.chapters.group_maps import COHORT_ONLY
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import GridSpec, save_nifti

STRONGEST = 5
# a mean of fewer voxels is not printed
FEWEST_VOXELS = 3


def write_volumes(out: Path, maps: GroupMaps, grid: GridSpec) -> None:
    """Write the effect, t and corrected p of every comparison as NIfTI."""
    for name, effects in maps.items():
        for kind, volume in (("effect", effects.effect), ("t", effects.t), ("p_corrected", effects.p)):
            with atomic_output(out / f"{name}_{kind}.nii.gz") as temporary:
                save_nifti(volume, grid, temporary)


def _strongest(regions: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the regions of largest effect, of those of three voxels or more with a significant one."""
    large = regions["voxels"] >= FEWEST_VOXELS
    rows = regions[(regions["comparison"] == name) & (regions["significant"] > 0) & large]
    return rows.reindex(rows["value"].abs().sort_values(ascending=False).index).head(STRONGEST)


def summary(maps: GroupMaps, regions: pd.DataFrame, agreement: pd.DataFrame | None, kind: str) -> dict[str, Any]:
    """Return maps.json: counts and group results, nothing of a single subject."""
    told: dict[str, Any] = {
        "note": COHORT_ONLY,
        "scans": maps.people,
        "groups": {"kind": kind, "n": maps.families, "exchangeable": maps.exchangeable},
        "model": list(maps.columns),
        "permutations": maps.permutations,
        "voxels": int(maps.mask.sum()),
    }
    for name, effects in maps.items():
        strong = effects.significant & maps.mask
        columns = ["structure", "hemisphere", "value", "significant"]
        told[name] = {
            "unit": UNITS[name],
            "share_significant": maps.share(name),
            "share_significant_positive": float((strong & (effects.effect > 0)).sum() / maps.mask.sum()),
            "critical_t": effects.critical if np.isfinite(effects.critical) else None,
            "smallest_p": float(effects.p[maps.mask].min()),
            "strongest_regions": _strongest(regions, name)[columns].to_dict("records"),
        }
        if agreement is not None:
            rows = agreement[agreement["comparison"] == name].drop(columns="comparison")
            told[name]["morphometry"] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return told


def lines(
    maps: GroupMaps, regions: pd.DataFrame, agreement: pd.DataFrame | None, kind: str, left_out: int
) -> Iterator[str]:
    """Yield what a terminal shows: how many scans, what is significant, and the strongest regions."""
    omitted = f" ({left_out} without age, sex or head size left out)" if left_out else ""
    yield (f"{maps.people} scans{omitted}, {maps.permutations} permutations of {maps.families} {_plural(kind)}")
    for name, _ in maps.items():
        covariate = "sex" if name == "age" else "age"
        yield (
            f"[bold]{name}[/bold] given {covariate} and head size: {maps.share(name):.1%} of voxels significant"
        )
        for row in _strongest(regions, name).itertuples():
            where = f"{row.hemisphere} {row.structure}".strip().replace("_", " ")
            yield f"  {where}: {row.value:+.2f} {UNITS[name]}, {row.significant:.0%} of it significant"
        if agreement is not None:
            for row in agreement[agreement["comparison"] == name].itertuples():
                correlation = f"Pearson {row.pearson:+.2f}, Spearman {row.spearman:+.2f}"
                yield f"  beside FreeSurfer's volumes, {row.over} ({row.n}): {correlation}"
    yield COHORT_ONLY


def _plural(kind: str) -> str:
    return {"family": "families", "subject": "subjects"}[kind]
