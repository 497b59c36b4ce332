"""The command that maps what age and sex do in a cohort: maps."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json, write_text

console = Console(soft_wrap=True)
log = logging.getLogger(__name__)


def maps_command(
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote, of scans.")],
    out: Annotated[Path, typer.Option(help="Folder for maps, regions and pictures.")] = Path("maps"),
    morphometry: options.Morphometry = None,
    atlas: options.Atlas = None,
    restricted: options.Restricted = None,
    permutations: Annotated[int, typer.Option(min=19, help="Of families; p cannot be below 1/(1 + these).")] = 500,
    seed: options.Seed = 0,
) -> None:
    """Map age and sex, each given the other and head size: effects, corrected p, regions, FreeSurfer beside."""
    from brainaging.pipeline.cli.work.maps_summary import lines, summary, write_volumes
    from brainaging.pipeline.counterfactual.covariates import cohort_covariates
    from brainaging.pipeline.data import Prepared
    from brainaging.pipeline.data.cohorts.cohort import GroupBy
    from brainaging.pipeline.data.morphometry import is_prepared_table, read_morphometry
    from brainaging.pipeline.maps.region_effects import (
        compare_with_morphometry,
        morphometry_effects,
        region_effects,
    )
    from brainaging.pipeline.maps.voxel_maps import group_maps
    from brainaging.pipeline.report.chapters.group_maps import write_picture
    from brainaging.pipeline.report.painted.group_effects import write_painted
    from brainaging.transforms import template_mask

    if is_prepared_table(dataset_dir):
        raise UserError(f"{dataset_dir}: holds a morphometry table, and maps are of prepared scans")
    # what is wrong with the table is said before the long part
    table = None if morphometry is None else read_morphometry(morphometry, atlas=atlas)
    for note in () if table is None else table.notes:
        console.print(f"note: {note}", markup=False)
    prepared = Prepared.load(dataset_dir, restricted=restricted)
    cohort, grid = prepared.cohort, prepared.grid
    people, rows = cohort_covariates(cohort, prepared.head_size)
    kind: GroupBy = "family" if cohort.restricted is not None else "subject"
    scans = cohort.subset(rows).scan_keys
    effects = None if table is None else morphometry_effects(table, scans, people)
    with log_to(out / "run.log"):
        log.info("reading %d scans", len(rows))
        volumes, mask = prepared.volumes(rows), template_mask(grid)
        families = cohort.groups(kind)[rows]
        maps = group_maps(volumes, mask, people, families, seed=seed, permutations=permutations)
        log.info("regions")
        regions, agreement = region_effects(maps, grid), None
        if effects is not None:
            regions, agreement = compare_with_morphometry(regions, effects)
        log.info("writing and drawing maps")
        write_volumes(out, maps, grid)
        write_text(out / "regions.csv", regions.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
        write_picture(out / "maps.png", maps, volumes.mean(axis=0), grid, regions, agreement)
        log.info("painting brains")
        painted = write_painted(out, regions)
        write_json(out / "maps.json", summary(maps, regions, agreement, kind) | {"painted": dict(painted)})
        facts = {"permutations": permutations, "grid": prepared.fingerprint, "cohort": cohort.digest}
        if table is not None:
            facts["morphometry"] = table.digest
        write_json(out / "provenance.json", provenance(seed, **facts))
    for line in lines(maps, regions, agreement, kind, len(prepared) - len(rows)):
        console.print(line)
    known, count = cohort.families_known
    if kind == "family" and known < count:
        console.print(f"note: families are known of {known} of {count} subjects")
    console.print(f"maps, regions.csv and maps.png are in {out}")


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("maps")(maps_command)
