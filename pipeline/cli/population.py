"""The command that sets published rates of change beside what is planted, learned and measured: rates."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, atomic_output

console = Console(width=None if Console().is_terminal else 140)
EXIT_OUTSIDE = 1
#: people of a scenario, and scans of a cohort, that a rate is the mean of. Sensitivity: each stands at both ages,
#: so that anatomy adds nothing: of `lifespan` 6 people and 8 differ by at most 0.5 % a decade, in ventricles
PEOPLE, SCANS = 8, 12


def rates_command(
    scenario: options.Scenario = "lifespan",
    model: Annotated[
        Path | None, typer.Option(help="An edit, edits.pt or its folder: what it learned, over --scans.")
    ] = None,
    scans: Annotated[
        Path | None, typer.Option(help="Folder that `brainaging prepare` wrote, for --model.")
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="Folder that `brainaging prepare --morphometry` wrote: what its people show."),
    ] = None,
    published: Annotated[
        Path | None, typer.Option(help="Another table of published rates, in the form of the package's own.")
    ] = None,
    people: Annotated[int, typer.Option(min=1, help="People of the scenario that are measured.")] = PEOPLE,
    most: Annotated[int, typer.Option(min=1, help="Scans of --scans that are edited, at most.")] = SCANS,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Exit with 1 where the scenario lies outside what is published of a structure."
        ),
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write the rows as a table (CSV).")] = None,
    seed: options.Seed = 0,
    restricted: options.Restricted = None,
) -> None:
    """Compare how fast structures change with age: published, in a scenario, by a learned edit, in a table."""
    from brainaging.pipeline.cli.work.rates_table import rates_table, source_lines, to_frame
    from brainaging.pipeline.counterfactual.edit_checkpoint import MODEL, load
    from brainaging.pipeline.counterfactual.score.planted_rates import planted_rates
    from brainaging.pipeline.data import Prepared
    from brainaging.pipeline.data.morphometry import PreparedTable
    from brainaging.pipeline.maps.learned_rates import learned_rates
    from brainaging.pipeline.maps.table_rates import table_rates
    from brainaging.pipeline.measures.population import compare_rates, read_published_rates
    from brainaging.pipeline.simulate import load_scenario

    if (model is None) != (scans is None):
        raise UserError("rates: expected --model and --scans together, found one of them")
    known, recipe = read_published_rates(published), load_scenario(scenario)
    measured = {}
    # what may be refused comes first
    if model is not None and scans is not None:
        learned = load(model / MODEL if model.is_dir() else model)
        measured["learned"] = learned_rates(learned, Prepared.load(scans, restricted=restricted), most)
    if table is not None:
        measured["table"] = table_rates(PreparedTable.load(table, restricted=restricted))
    measured["planted"] = planted_rates(recipe, seed, people)
    rows = compare_rates(known, measured)
    console.print(
        rates_table(rows, f"change with age, per cent a decade; planted: {recipe.name}, {people} people")
    )
    for line in source_lines(known):
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    if out is not None:
        with atomic_output(out) as temporary:
            to_frame(rows).to_csv(temporary, index=False, float_format="%.5g", encoding="utf-8")
    failing = [row for row in rows if row.fails("planted")]
    judged = [row for row in rows if row.verdict("planted")]
    named = ", ".join(f"{row.structure} at {row.ages}" for row in failing)
    console.print(
        f"{recipe.name}: {len(failing)} of {len(judged)} rows outside what is published"
        + f": {named}" * bool(named),
        soft_wrap=True,
        markup=False,
    )
    if check and failing:
        raise typer.Exit(EXIT_OUTSIDE)


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("rates")(rates_command)
