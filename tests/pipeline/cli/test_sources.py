"""Commands that make data ready: the cohort that is shown and written."""

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from brainaging.pipeline.cli import sources, studies
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
    for module in (sources, studies):
        module.register(app)
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


def test_columns_unit_and_codes_of_age_that_the_user_states(people, tmp_path):
    clean = read_cohort(people, scans=False)
    odd = pd.DataFrame(
        {
            "subject": PEOPLE["subject"],
            "geschlecht": ["w", "m", "w", "w", "-"],
            "age_then": ["264", "300", "378", "29 y", "999"],
        }
    )
    odd.to_csv(people, sep=";", index=False)
    out = tmp_path / "cohort.csv"
    stated = (
        "--sex-column",
        "geschlecht",
        "--sex-codes",
        "w=F",
        "--age-column",
        "age_then",
        "--age-unit",
        "months",
    )
    done = typed("cohort", people, "--no-scans", "--out", out, *stated, "--age-codes", "999=")
    assert done.exit_code == 0, done.output
    assert Cohort.load(out).table.equals(clean.table)
    assert "note: the age is not known of 1 of 5 rows: '999' (1)" in " ".join(done.stdout.split())
    refused = typed("cohort", people, "--no-scans", "--out", out, *stated[:-1], "fortnights")
    assert "unit of age: expected years, months, weeks, days, found 'fortnights'" in str(refused.exception)
    refused = typed("cohort", people, "--no-scans", "--out", out, "--select", "run=1")
    assert isinstance(refused.exception, UserError)


def test_simulate_follows_people_over_sessions(tmp_path):
    words = ("simulate", tmp_path / "s", "--subjects", 2, "--spacing", 8, "--scenario", "lifespan")
    done = typed(*words, "--sessions", 2)
    assert done.exit_code == 0, done.output
    cohort = read_cohort(tmp_path / "s")
    assert cohort.table["subject"].nunique() == 2
    assert len(cohort) > 2
    assert cohort.simulated
    assert typed(*words, "--sessions", 0).exit_code == 2


def test_simulate_makes_people_of_two_scans_or_more(tmp_path, shared_data):
    scan = shared_data / "ds002748" / "sub-01" / "anat" / "sub-01_T1w.nii.gz"
    (tmp_path / "one.csv").write_text(f"subject,path\nsub-01,{scan}\n")
    refused = typed("simulate", tmp_path / "out", "--subjects", 2, "--anatomies", tmp_path / "one.csv")
    assert "anatomies: expected at least 2 scans, found 1" in str(refused.exception)
    assert isinstance(refused.exception, UserError)


@pytest.mark.parametrize("command", ["prepare", "reproduce"])
def test_a_scheduler_in_place_of_processes_is_asked_for_by_its_address(command, tmp_path):
    nib.save(nib.Nifti1Image(np.ones((8, 8, 8), np.float32), np.eye(4)), tmp_path / "scan.nii.gz")
    (tmp_path / "people.csv").write_text("subject,sex,path\na,F,scan.nii.gz\n")
    read_cohort(tmp_path / "people.csv").write(tmp_path / "cohort.csv")
    done = typed(command, tmp_path / "cohort.csv", "--out", tmp_path / "out", "--scheduler", "nowhere")
    assert isinstance(done.exception, UserError)
    assert str(done.exception).startswith("--scheduler nowhere: expected an address as tcp://host:8786, found")
