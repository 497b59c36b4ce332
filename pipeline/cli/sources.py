"""Commands that make data ready: simulate, cohort, prepare."""

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.cli.choices import HcpImage, Space
from brainaging.pipeline.runtime import log_to

console = Console()
log = logging.getLogger(__name__)


def simulate_command(
    out: Annotated[
        Path, typer.Argument(help="Folder to write the cohort to: HCP's layout, or BIDS with sessions.")
    ],
    scenario: options.Scenario = "hcp-ya",
    subjects: options.Subjects = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 0,
    spacing: Annotated[float, typer.Option(help="Voxel size of the scans in mm; HCP's is 0.7.")] = 2.0,
    workers: options.Workers = 1,
    sessions: Annotated[
        int | None,
        typer.Option(min=1, max=20, help="How often each person is scanned over the years; the scenario says."),
    ] = None,
    anatomies: options.Anatomies = None,
    skip_bad: options.SkipBad = False,
) -> None:
    """Simulate a cohort whose causes, and so whose counterfactuals, are known.

    With sessions people are followed: BIDS with ses-*, ages and days in *_sessions.tsv, and the truth beside it.
    """
    from brainaging.pipeline.cli.work.anatomy_scans import anatomy_source
    from brainaging.pipeline.simulate import simulate

    with log_to(out / "run.log"):
        source = anatomy_source(scenario, anatomies, skip_bad)
        path = simulate(out, scenario, subjects, seed, spacing, workers, sessions, source)
    console.print(f"the cohort is in {path}; next: brainaging cohort {path} --out cohort.csv", soft_wrap=True)


def cohort_command(
    source: Annotated[
        Path,
        typer.Argument(help="An HCP S1200, BIDS or FreeSurfer folder, or a CSV with columns subject and path."),
    ],
    out: Annotated[Path, typer.Option(help="The cohort table to write (CSV).")] = Path("cohort.csv"),
    unrestricted: Annotated[Path | None, typer.Option(help="HCP's unrestricted CSV.")] = None,
    restricted: Annotated[Path | None, typer.Option(help="HCP's restricted CSV; its values stay there.")] = None,
    sex_codes: Annotated[str | None, typer.Option(help="What other codes than F and M mean, as 1=M,2=F.")] = None,
    sex_column: Annotated[str | None, typer.Option(help="The table's own name of the column of sex.")] = None,
    age_column: Annotated[str | None, typer.Option(help="The table's own name of the column of age.")] = None,
    age_unit: Annotated[
        str | None,
        typer.Option(help="The unit of age: years, months, weeks or days; by default as the table says."),
    ] = None,
    age_codes: Annotated[
        str | None, typer.Option(help="What cells of age stand for, as 89+=89,18-38=28,999= (not known).")
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            help="BIDS: which of several T1w of a session, by entities, as run=2,desc=preproc,space=T1w."
        ),
    ] = None,
    space: Annotated[
        Space | None,
        typer.Option(
            help="template: in MNI or AC-PC space already. native: register first. By default HCP's is template."
        ),
    ] = None,
    hcp_image: Annotated[
        HcpImage, typer.Option(help="HCP's scan: acpc keeps the head's own size, mni is warped to the template.")
    ] = "acpc",
    scans: Annotated[
        bool, typer.Option("--scans/--no-scans", help="--no-scans: people alone, for a morphometry table.")
    ] = True,
    distinct_ids: Annotated[
        bool,
        typer.Option("--distinct-ids", help="Ids that look alike (01 and 1, X and X-v2) are different people."),
    ] = False,
    skip_bad: options.SkipBad = False,
) -> None:
    """Make one checked table of a cohort's scans, sex and age; every bad row is reported at once."""
    from brainaging.pipeline.cli.work.cohort_table import show_cohort
    from brainaging.pipeline.data import SourceFormat, read_cohort

    log.info("reading %s", source)
    with log_to(out.with_suffix(".log"), quote_errors=False):
        cohort = read_cohort(
            source,
            unrestricted=unrestricted,
            restricted=restricted,
            space=space,
            skip_bad=skip_bad,
            source_format=SourceFormat(
                hcp_image=hcp_image,
                sex_codes=sex_codes,
                columns={key: name for key, name in (("sex", sex_column), ("age", age_column)) if name} or None,
                age_unit=age_unit,
                age_codes=age_codes,
                select=select,
                distinct_ids=distinct_ids,
            ),
            scans=scans,
        )
        cohort.write(out)
    show_cohort(cohort, console)
    for note in cohort.notes:
        console.print(f"note: {note}", soft_wrap=True, markup=False)
    if len(cohort.excluded):
        console.print(f"{len(cohort.excluded)} set aside: see {out.parent / 'excluded.csv'}", soft_wrap=True)
    following = f"prepare {out} --out prepared" if scans else f"reproduce {out} --morphometry TABLE --out out"
    console.print(f"written to {out}; next: brainaging {following}", soft_wrap=True)


def prepare_command(
    cohort: options.CohortTable,
    out: Annotated[Path, typer.Option(help="Folder for the prepared scans.")] = Path("prepared"),
    grid: options.Grid = "t1w_64",
    morphometry: options.Morphometry = None,
    atlas: options.Atlas = None,
    like: Annotated[
        Path | None, typer.Option(help="With --morphometry: keep the columns that these weights (best.pt) know.")
    ] = None,
    workers: options.Workers = 2,
    scheduler: options.Scheduler = None,
    restricted: options.Restricted = None,
    n4: options.N4 = False,
    strip: options.Strip = None,
    fix_orientation: options.FixOrientation = None,
    skip_bad: options.SkipBad = False,
) -> None:
    """Place every scan on a grid, once; a stopped run goes on where it was when typed again.

    With --morphometry the folder gets that table, cut to the cohort, and no scans.
    """
    from brainaging.pipeline.cli.work.chosen import chosen_grid
    from brainaging.pipeline.data import Cohort, Recipe, prepare
    from brainaging.pipeline.data.morphometry import prepare_morphometry, read_morphometry
    from brainaging.pipeline.engines import known_columns

    people = Cohort.load(cohort, restricted)
    if morphometry is not None:
        kept = [] if like is None else known_columns(like)
        with log_to(out / "run.log"):
            log.info("reading %s", morphometry)
            measured = read_morphometry(morphometry, skip_bad=skip_bad, keep=kept, atlas=atlas)
            table = prepare_morphometry(people, measured, out, skip_bad=skip_bad)
        for note in table.morphometry.notes:
            console.print(f"note: {note}", soft_wrap=True, markup=False)
        for column, reason in measured.dropped.itertuples(index=False):
            console.print(f"note: column {column} left out: {reason}", soft_wrap=True, markup=False)
        console.print(
            f"{len(table)} people × {len(table.names)} measures in {out}; "
            f"next: brainaging train morphometry_autoencoder --dataset-dir {out}",
            soft_wrap=True,
        )
        return
    recipe = Recipe.on(chosen_grid(grid), n4, strip, options.orientation_rule(fix_orientation))
    by = workers if scheduler is None else scheduler
    with log_to(out / "run.log"):
        prepared = prepare(people, recipe, out, workers=by, skip_bad=skip_bad)
    for note in prepared.notes():
        console.print(f"note: {note} of {out / 'cohort.csv'}", soft_wrap=True, markup=False)
    console.print(
        f"{len(prepared.cohort.table)} scans on {prepared.grid.fingerprint} in {out}; "
        f"next: brainaging train t1w_autoencoder --dataset-dir {out}, or brainaging reproduce {cohort}",
        soft_wrap=True,
    )


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command("simulate")(simulate_command)
    app.command("cohort")(cohort_command)
    app.command("prepare")(prepare_command)
