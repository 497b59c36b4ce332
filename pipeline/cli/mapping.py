"""The command that maps what age and sex do in a cohort: maps."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.counterfactual.covariates import cohort_covariates
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.cohorts.cohort import GroupBy
from brainaging.pipeline.data.morphometry import is_prepared_table, read_morphometry
from brainaging.pipeline.maps.region_effects import (
    compare_with_morphometry,
    morphometry_effects,
    region_effects,
)
from brainaging.pipeline.maps.voxel_maps import UNITS, GroupMaps, group_maps
from brainaging.pipeline.report.chapters.group_maps import COHORT_ONLY, write_picture
from brainaging.pipeline.report.painted.group_effects import write_painted
from brainaging.pipeline.runtime import UserError, atomic_output, log_to, provenance, write_json, write_text
from brainaging.transforms import GridSpec, save_nifti, template_mask

console = Console(soft_wrap=True)
STRONGEST = 5
# a mean of fewer voxels is not printed
FEWEST_VOXELS = 3


def maps_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote, of scans.")],
    out: Annotated[Path, typer.Option(help="Folder for maps, regions and pictures.")] = Path("maps"),
    morphometry: options.Morphometry = None,
    restricted: options.Restricted = None,
    permutations: Annotated[int, typer.Option(min=19, help="Of families; p cannot be below 1/(1 + these).")] = 500,
    seed: options.Seed = 0,
) -> None:
    """Map age and sex, each given the other and head size: effects, corrected p, regions, FreeSurfer beside."""
    if is_prepared_table(dataset_dir):
        raise UserError(f"{dataset_dir}: holds a morphometry table, and maps are of prepared scans")
    # what is wrong with the table is said before the long part
    table = None if morphometry is None else read_morphometry(morphometry)
    prepared = Prepared.load(dataset_dir, restricted=restricted)
    cohort, grid = prepared.cohort, prepared.grid
    people, rows = cohort_covariates(cohort, prepared.head_size)
    kind: GroupBy = "family" if cohort.restricted is not None else "subject"
    subjects = [str(name) for name in prepared.table["subject"].iloc[rows]]
    effects = None if table is None else morphometry_effects(table, subjects, people)
    with log_to(out / "maps.log"):
        volumes, mask = prepared.volumes(rows), template_mask(grid)
        families = cohort.groups(kind)[rows]
        maps = group_maps(volumes, mask, people, families, seed=seed, permutations=permutations)
        regions, agreement = region_effects(maps, grid), None
        if effects is not None:
            regions, agreement = compare_with_morphometry(regions, effects)
        _write_volumes(out, maps, grid)
        write_text(out / "regions.csv", regions.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
        write_picture(out / "maps.png", maps, volumes.mean(axis=0), grid, regions, agreement)
        painted = write_painted(out, regions)
        write_json(out / "maps.json", _summary(maps, regions, agreement, kind) | {"painted": dict(painted)})
        facts = {"permutations": permutations, "grid": prepared.fingerprint, "cohort": cohort.digest}
        if table is not None:
            facts["morphometry"] = table.digest
        write_json(out / "provenance.json", provenance(seed, **facts))
    _print_summary(maps, regions, agreement, kind, len(prepared) - len(rows))
    known, count = cohort.families_known
    if kind == "family" and known < count:
        console.print(f"note: families are known of {known} of {count} subjects")
    console.print(f"maps, regions.csv and maps.png are in {out}")


def _write_volumes(out: Path, maps: GroupMaps, grid: GridSpec) -> None:
    for name, effects in maps.items():
        for kind, volume in (("effect", effects.effect), ("t", effects.t), ("p_corrected", effects.p)):
            with atomic_output(out / f"{name}_{kind}.nii.gz") as temporary:
                save_nifti(volume, grid, temporary)


def _strongest(regions: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the regions of largest effect, of those of three voxels or more with a significant one."""
    large = regions["voxels"] >= FEWEST_VOXELS
    rows = regions[(regions["comparison"] == name) & (regions["significant"] > 0) & large]
    return rows.reindex(rows["value"].abs().sort_values(ascending=False).index).head(STRONGEST)


def _summary(maps: GroupMaps, regions: pd.DataFrame, agreement: pd.DataFrame | None, kind: str) -> dict[str, Any]:
    """Return maps.json: counts and group results, nothing of a single subject."""
    summary: dict[str, Any] = {
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
        summary[name] = {
            "unit": UNITS[name],
            "share_significant": maps.share(name),
            "share_significant_positive": float((strong & (effects.effect > 0)).sum() / maps.mask.sum()),
            "critical_t": effects.critical if np.isfinite(effects.critical) else None,
            "smallest_p": float(effects.p[maps.mask].min()),
            "strongest_regions": _strongest(regions, name)[columns].to_dict("records"),
        }
        if agreement is not None:
            rows = agreement[agreement["comparison"] == name].drop(columns="comparison")
            summary[name]["morphometry"] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return summary


def _print_summary(
    maps: GroupMaps, regions: pd.DataFrame, agreement: pd.DataFrame | None, kind: str, left_out: int
) -> None:
    omitted = f" ({left_out} without age, sex or head size left out)" if left_out else ""
    console.print(
        f"{maps.people} scans{omitted}, {maps.permutations} permutations of {maps.families} {_plural(kind)}"
    )
    for name, _ in maps.items():
        covariate = "sex" if name == "age" else "age"
        console.print(
            f"[bold]{name}[/bold] given {covariate} and head size: {maps.share(name):.1%} of voxels significant"
        )
        for row in _strongest(regions, name).itertuples():
            where = f"{row.hemisphere} {row.structure}".strip().replace("_", " ")
            console.print(f"  {where}: {row.value:+.2f} {UNITS[name]}, {row.significant:.0%} of it significant")
        if agreement is not None:
            for row in agreement[agreement["comparison"] == name].itertuples():
                correlation = f"Pearson {row.pearson:+.2f}, Spearman {row.spearman:+.2f}"
                console.print(f"  beside FreeSurfer's volumes, {row.over} ({row.n}): {correlation}")
    console.print(COHORT_ONLY)


def _plural(kind: str) -> str:
    return {"family": "families", "subject": "subjects"}[kind]


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("maps")(maps_command)
