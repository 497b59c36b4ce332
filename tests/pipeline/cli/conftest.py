"""The program, as a user types it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def run(run_python: Callable[..., list[Done]]) -> Callable[..., Done]:
    """Return what runs `brainaging` with words in a folder, through its real entry point."""
    return _typed(run_python, Path(sys.executable).with_name("brainaging"))


@pytest.fixture(scope="session")
def run_small(run_python: Callable[..., list[Done]]) -> Callable[..., Done]:
    """Return what runs `brainaging` with words in a folder, with a short budget that is smaller still."""
    return _typed(run_python, Path(__file__).with_name("small_budget.py"))


def _typed(run_python: Callable[..., list[Done]], program: Path) -> Callable[..., Done]:
    def typed(*words: object, cwd: Path) -> Done:
        return run_python([str(program), *map(str, words)], cwd, [{"COLUMNS": "200"}])[0]

    return typed
