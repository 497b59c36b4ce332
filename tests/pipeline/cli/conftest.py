"""The program, as a user types it."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

#: a time, a level, who says it, and what
LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ [\w.]+: (?P<said>.+)")
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
        done = run_python([str(program), *map(str, words)], cwd, [{"COLUMNS": "200"}])[0]
        # neither is a terminal
        assert not set(done.stdout + done.stderr) & {"\x1b", "\r"}
        return done

    return typed


@pytest.fixture(scope="session")
def stages_of() -> Callable[[Path, Sequence[str]], None]:
    """Return what holds that a log has lines that begin so, in this order, each with its time."""

    def hold(path: Path, beginnings: Sequence[str]) -> None:
        lines = path.read_text(encoding="utf-8").splitlines()
        parts = [LINE.fullmatch(line) for line in lines]
        assert all(parts), [line for line, part in zip(lines, parts, strict=True) if part is None]
        said = [part["said"] for part in parts if part is not None]
        waiting = iter(said)
        for beginning in beginnings:
            assert any(line.startswith(beginning) for line in waiting), (beginning, said)

    return hold
