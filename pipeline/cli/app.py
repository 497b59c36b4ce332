"""The program `brainaging`: its commands, and what their exit codes mean."""

import logging
import sys
import warnings
from typing import Any

import typer
from rich.console import Console

from brainaging.pipeline.cli import (
    comparing,
    directing,
    edit_scoring,
    editing,
    following,
    generating,
    installed,
    inverting,
    mapping,
    models,
    population,
    shipping,
    sources,
    studies,
    tuning,
)
from brainaging.pipeline.cli.surroundings import settle
from brainaging.pipeline.runtime import EXIT_BAD_INPUT, EXIT_INTERRUPTED, UserError
from brainaging.pipeline.runtime.stages import ON_BAR

HELP = """Generative models of brain ageing on T1w MRI and FreeSurfer tables: from data, or none, to a report.

Start with [bold]brainaging demo[/bold]: it simulates a cohort, trains, analyses and writes a report.

With your own scans: [bold]brainaging cohort[/bold], then [bold]brainaging reproduce[/bold], with
[bold]--morphometry[/bold] for FreeSurfer tables.

Exit codes: 0 done · 2 the command was typed wrongly · 3 the input is at fault, and the message says what to mend ·
130 interrupted, and the same command goes on from what is finished · 1 a bug of ours, or, of compare, tables that
differ, or, of rates --check, rates outside what is published.
"""

app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False
)
for module in (
    studies,
    sources,
    models,
    generating,
    inverting,
    directing,
    editing,
    edit_scoring,
    following,
    mapping,
    comparing,
    population,
    installed,
    shipping,
    tuning,
):
    module.register(app)


def main() -> None:
    """Run the command line; a user's mistake ends in one clear message and exit code 3, never in a traceback."""
    logging.basicConfig(format="%(message)s", handlers=[_Terminal()])
    for handler in logging.getLogger().handlers:
        handler.addFilter(_for_the_terminal)
    logging.getLogger("brainaging").setLevel(logging.INFO)
    # Ignite repeats as an error what is raised anyway.
    logging.getLogger("ignite").setLevel(logging.CRITICAL)
    # Deprecations inside MONAI and torch are ours to follow up, not the user's.
    warnings.filterwarnings("ignore", category=FutureWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    try:
        settle()
        app()
    except KeyboardInterrupt:
        Console(stderr=True, soft_wrap=True).print(
            "interrupted; run the same command again to go on from what is finished"
        )
        sys.exit(EXIT_INTERRUPTED)
    except Exception as error:
        fault = error if isinstance(error, UserError) else _users_fault(error)
        if fault is None:
            raise
        console = Console(stderr=True, soft_wrap=True)
        console.print("[red]error:[/red]", end=" ")
        console.print(str(fault), markup=False, highlight=False)
        sys.exit(EXIT_BAD_INPUT)


def _users_fault(error: Exception) -> Exception | None:
    """Return what of an error is the user's to mend; what can raise another than UserError has imported torch."""
    from brainaging.pipeline.engines.user_faults import users_fault

    return users_fault(error)


#: rooms whose log says which stage a run is at
NARRATING = tuple(
    f"brainaging.pipeline.{room}"
    for room in ("experiments", "counterfactual", "maps", "measures", "results", "stats", "runtime", "cli")
)


def _for_the_terminal(record: logging.LogRecord) -> bool:
    """Let through warnings, and which stage a run is at; the log file has the rest."""
    if getattr(record, ON_BAR, False):
        return False
    return record.levelno >= logging.WARNING or record.name.startswith(NARRATING)


class _Terminal(logging.StreamHandler):
    """Standard error as it is when a line is written: while a bar is drawn, lines go above it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr
