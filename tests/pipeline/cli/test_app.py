"""The program's frame: every mistake has its exit code, and the terminal shows what a user needs."""

import logging
import os
import subprocess
import sys

import pytest

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.cli import app as program
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, ScanError

#: types each of its words, as the program's entry point is typed, and says what has been imported by then
LOADED = """
import sys
from brainaging.pipeline.cli import main
HEAVY = (
    *("torch", "monai", "ignite", "scipy", "pandas", "sklearn", "matplotlib", "nilearn", "nibabel", "SimpleITK"),
    *("PIL", "jinja2", "tensorboard"),
)
for typed in sys.argv[1:]:
    sys.argv = ["brainaging", *typed.split()]
    try:
        main()
    except SystemExit as end:
        loaded = [name for name in HEAVY if name in sys.modules]
        print("typed", typed, end.code, "imported " + (" ".join(loaded) or "nothing"), sep=": ", file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """Take back what the program sets for its process."""
    root = logging.getLogger()
    before = {handler: list(handler.filters) for handler in root.handlers}
    yield
    for handler in root.handlers:
        handler.filters = before.get(handler, [])


def ended(error, monkeypatch):
    """Return the exit code of a command that raises ``error``, None where it ends well."""

    def command():
        if error is not None:
            raise error

    monkeypatch.setattr(program, "app", command)
    try:
        program.main()
    except SystemExit as end:
        return end.code
    return None


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UserError("a.csv: expected a [column]"), 3, "error: a.csv: expected a [column]"),
        (ScanError("scan.nii: broken"), 3, "error: scan.nii: broken"),
        (GridMismatchError("two grids"), 3, "error: two grids"),
        (FoldedWarpError("it folds"), 3, "error: it folds"),
        (FileNotFoundError(2, "No such file or directory", "gone.csv"), 3, "error: gone.csv: No such file"),
        (KeyboardInterrupt(), 130, "interrupted; run the same command again"),
        (None, None, ""),
    ],
)
def test_a_users_mistake_is_one_line_and_an_exit_code(error, code, message, monkeypatch, capsys):
    assert ended(error, monkeypatch) == code
    printed = capsys.readouterr().err
    assert printed.startswith(message)
    assert printed.count("\n") == (1 if message else 0)


def test_a_bug_of_ours_keeps_its_traceback(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError(), monkeypatch)


@pytest.mark.parametrize(
    ("logger", "level", "shown"),
    [
        ("brainaging.pipeline.experiments.reproduce", logging.INFO, True),
        ("brainaging.pipeline.engines.workflow", logging.INFO, False),
        ("brainaging.pipeline.engines.workflow", logging.WARNING, True),
        ("ignite", logging.INFO, False),
    ],
)
def test_the_terminal_shows_warnings_and_stages(logger, level, shown):
    record = logging.LogRecord(logger, level, "file", 1, "text", None, None)
    assert program._for_the_terminal(record) is shown


def test_every_command_has_help_and_its_module():
    commands = {command.name: command for command in program.app.registered_commands}
    assert {"demo", "cohort", "prepare", "train", "invert", "edit", "maps", "compare"} <= commands.keys()
    assert all(command.callback.__doc__ for command in commands.values())


def test_help_and_mistyped_words_import_nothing_that_takes_seconds(tmp_path):
    """On what is imported and not on time, which is the machine's; help took seven seconds, and takes a third."""
    typed = [["--help"], [], ["tarin"], ["simulate", "here", "--subjcts", "3"], ["cohort", "x", "--space", "mars"]]
    typed += [[command.name, "--help"] for command in program.app.registered_commands]
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *map(" ".join, typed)],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = [line.split(": ") for line in done.stderr.splitlines() if line.startswith("typed")]
    assert len(told) == len(typed)
    assert [line for line in told if line[-1] != "imported nothing"] == []
    assert [int(line[2]) for line in told] == [0, 2, 2, 2, 2, *(0 for _ in typed[5:])]
    for word in ("t1w_32", "t1w_192", "short", "full", "synthetic", "acpc", "t1w_gan", "12.0"):
        assert word in done.stdout
