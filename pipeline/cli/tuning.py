"""The command that searches for a bundle's settings: tune."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.cli import options
from brainaging.pipeline.runtime import UserError, log_to, provenance, write_json

console = Console(width=None if Console().is_terminal else 120)
#: trials that the terminal shows; trials.csv has all
SHOWN = 10


def tune_command(
    bundle: Annotated[str, typer.Argument(help=options.BUNDLE_HELP)],
    dataset_dir: Annotated[Path, typer.Argument(help="Folder that `brainaging prepare` wrote.")],
    vary: Annotated[
        list[str],
        typer.Option(help="A value of the config: id=low:high, id=low:high:log or id=one,another; repeatable."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the study, its trials and the best of them.")] = Path(
        "tuned"
    ),
    trials: Annotated[int, typer.Option(min=1, help="Settings to try in all; more of them go on.")] = 10,
    folds: Annotated[int, typer.Option(min=2, max=20, help="Grouped folds of each trial.")] = 3,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training subjects.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Fix a config value: key=value, repeatable.")
    ] = None,
    seed: options.Seed = 0,
) -> None:
    """Search for a bundle's settings with Optuna, in grouped folds; a stopped search goes on when typed again.

    People of the split `test` take no part: train with the best settings and hold that against them.
    """
    from brainaging.pipeline.cli.work.chosen import check_fits, find_bundle, load_prepared, parse_overrides
    from brainaging.pipeline.cli.work.vary_words import parse_varied
    from brainaging.pipeline.experiments.tuning.fold_scores import TunedBundle

    try:
        from brainaging.pipeline.experiments.tuning.search import BEST_TRIAL, TRIALS, Search, tune
    except ModuleNotFoundError as error:
        raise UserError(
            f"tune needs the package {error.name}: pip install -c constraints.txt -e '.[tune]'"
        ) from error

    varied = [parse_varied(text) for text in vary]
    fixed = parse_overrides(set_ or []) | ({} if epochs is None else {"epochs": epochs})
    if twice := sorted({one.name for one in varied} & fixed.keys()):
        raise UserError(f"--vary {twice[0]}: it is fixed too; vary it or set it")
    prepared, folder = load_prepared(dataset_dir), find_bundle(bundle)
    check_fits(folder, prepared)
    with log_to(out / "run.log"):
        tuned = TunedBundle.of(folder, dataset_dir, prepared.cohort, folds, seed)
        table = tune(tuned, Search(varied, trials, fixed), out)
        facts = {"bundle": folder.name, "vary": vary, "fixed": fixed, "folds": folds}
        write_json(out / "provenance.json", provenance(seed, grid=prepared.fingerprint, **facts))
    shown = Table(title=f"{folder.name}, {folds} grouped folds of {len(tuned.items)}", title_justify="left")
    for column in table.columns:
        shown.add_column(str(column))
    for row in table.head(SHOWN).itertuples(index=False):
        shown.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row))
    console.print(shown)
    best = table.iloc[0]
    words = " ".join(f"--set {one.name}={best[one.name]}" for one in varied)
    console.print(f"all trials: {out / TRIALS}; the best: {out / BEST_TRIAL}", soft_wrap=True)
    console.print("The best of several trials looks better than it is: its value chose it.")
    console.print(
        f"next: brainaging train {bundle} --dataset-dir {dataset_dir} {words}", soft_wrap=True, markup=False
    )


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command("tune")(tune_command)
