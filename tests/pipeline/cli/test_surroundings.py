"""Whatever surrounds the program, it does its work, or says in one line what it lacks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainaging.pipeline.cli.surroundings import plain

BRAINAGING = Path(sys.executable).with_name("brainaging")


@pytest.fixture
def people(tmp_path) -> Path:
    (tmp_path / "people.csv").write_text(
        "subject,sex,age\n" + "".join(f"s{n},{'FM'[n % 2]},3{n}\n" for n in range(6))
    )
    return tmp_path


def typed(cwd: Path, words: str, shell: str = "", **environment: str | None) -> subprocess.CompletedProcess[bytes]:
    """Type a command in a shell, in a changed environment; None takes a variable away."""
    env = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    line = f"{BRAINAGING} {words} {shell}"
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=env, capture_output=True, timeout=120, check=False)


COHORT = "cohort people.csv --no-scans --out cohort.csv"


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii", "MPLBACKEND": "junk", "COLUMNS": "20"},
        pytest.param({"PYTHONIOENCODING": "cp1252"}, marks=pytest.mark.slow),
        pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, marks=pytest.mark.slow),
        pytest.param({"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, marks=pytest.mark.slow),
        pytest.param({"HOME": None, "TMPDIR": "/nowhere", "TERM": "dumb"}, marks=pytest.mark.slow),
    ],
)
def test_a_cohort_is_the_same_in_every_environment(people, environment) -> None:
    clean = typed(people, COHORT)
    assert clean.returncode == 0, clean.stderr
    table = (people / "cohort.csv").read_bytes()
    (people / "cohort.csv").unlink()
    done = typed(people, COHORT, **environment)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert (people / "cohort.csv").read_bytes() == table


@pytest.mark.slow
@pytest.mark.parametrize("shell", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(people, shell) -> None:
    done = typed(people, COHORT, shell)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (people / "cohort.csv").read_text().count("\n") == 7


@pytest.mark.slow
def test_who_stops_reading_gets_no_traceback(people) -> None:
    done = typed(people, COHORT, "| true")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr
    assert (people / "cohort.csv").exists()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_the_output_is_one_line(people) -> None:
    done = typed(people, COHORT, "> /dev/full")
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(b"error: no space left on the disk")


def test_a_working_directory_that_is_gone_is_said(people) -> None:
    (people / "gone").mkdir()
    line = f"cd gone && rmdir ../gone && {BRAINAGING} cohort ../people.csv"
    done = subprocess.run(["bash", "-c", line], cwd=people, capture_output=True, timeout=120, check=False)
    assert done.returncode == 3
    assert (
        done.stderr == b"error: expected a working directory, found it gone: go to a folder that is there (cd)\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("40 × 5 codes", "40 x 5 codes"),
        ("Zoë → é", "Zoe -> e"),
        ("北", "?"),
        ("scan\udcff", "scan\\xff"),
        ("a", "a"),
    ],
)
def test_letters_that_a_terminal_lacks_are_written_plainly(text, written) -> None:
    out = ""
    for place, letter in enumerate(text):
        try:
            out += letter.encode("ascii").decode()
        except UnicodeEncodeError:
            error = UnicodeEncodeError("ascii", text, place, place + 1, "not there")
            out += plain(error)[0]
    assert out == written
