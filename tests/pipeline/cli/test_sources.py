"""Commands that make data ready: the cohort that is shown and written."""

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from brainaging.pipeline.cli import sources
from brainaging.pipeline.data import Cohort, read_cohort
from brainaging.pipeline.runtime import UserError

PEOPLE = pd.DataFrame(
    {
        "subject": ["a", "b", "c", "d", "e"],
        "sex": ["F", "M", "F", "F", ""],
        "age": ["22", "25", "31.5", "29", ""],
    }
)


@pytest.fixture
def people(tmp_path):
    """Return a table of people without scans."""
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path / "people.csv"


def typed(*words):
    app = typer.Typer()
    sources.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_cohort_command_shows_everybody_once_and_writes_what_is_read_back(people, tmp_path):
    done = typed("cohort", people, "--no-scans", "--out", tmp_path / "cohort.csv")
    assert done.exit_code == 0, done.output
    assert "people: 5 people" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("│")]
    assert sum(int(cell) for row in rows for cell in row if cell.isdigit()) == len(PEOPLE)
    assert "reproduce" in done.stdout
    assert Cohort.load(tmp_path / "cohort.csv").digest == read_cohort(people, scans=False).digest


def test_a_bad_row_is_refused_and_can_be_set_aside(people, tmp_path):
    PEOPLE.assign(sex=["F", "M", "F", "F", "X"]).to_csv(people, index=False)
    out = ("--out", tmp_path / "cohort.csv")
    assert isinstance(typed("cohort", people, "--no-scans", *out).exception, UserError)
    done = typed("cohort", people, "--no-scans", "--skip-bad", *out)
    assert "1 set aside" in done.stdout.replace("\n", " ")
    assert pd.read_csv(tmp_path / "excluded.csv")["subject"].tolist() == ["e"]
