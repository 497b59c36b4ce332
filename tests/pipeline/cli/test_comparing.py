"""`brainaging compare`: what it prints, writes and exits with."""

from dataclasses import replace

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from brainaging.pipeline.cli import comparing
from brainaging.pipeline.results import write_results


@pytest.fixture
def tables(tmp_path, sex_score):
    """Return a run's folder and another table: one finding equal, one different, one alone on each side."""
    other = replace(sex_score, metric="accuracy")
    alone = replace(sex_score, experiment="age_bracket", target="age_bracket")
    write_results([sex_score, other, alone], tmp_path / "run" / "results.csv")
    write_results([replace(other, value=0.99), sex_score, replace(alone, split="random")], tmp_path / "after.csv")
    return tmp_path / "run", tmp_path / "after.csv"


def typed(*words):
    app = typer.Typer()
    comparing.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def test_equal_tables_end_well(tables):
    done = typed(tables[0], tables[0] / "results.csv", "--all")
    assert done.exit_code == 0
    assert "equal: score experiment=sex cohort=c modality=T1w features=voxels" in done.stdout
    assert "in all: 3 equal, 0 differing, 0 only before, 0 only after" in done.stdout


def test_differences_are_printed_written_and_shown_by_the_exit_code(tables, tmp_path):
    done = typed(*tables, "--out", tmp_path / "differences.csv")
    assert done.exit_code == 1
    assert "differs by 0.091: score" in done.stdout
    assert "value 0.9 → 0.99" in done.stdout
    assert "only before: score experiment=age_bracket" in done.stdout
    assert "in all: 1 equal, 1 differing, 1 only before, 1 only after" in done.stdout
    written = pd.read_csv(tmp_path / "differences.csv")
    assert written["difference"].tolist() == ["differs", "only before", "only after"]
    assert written["value_after"].tolist()[0] == 0.99


def test_a_tolerance_forgives(tables, tmp_path, sex_score):
    write_results([replace(sex_score, value=0.9 + 1e-9)], tmp_path / "near.csv")
    write_results([sex_score], tmp_path / "here.csv")
    assert typed(tmp_path / "here.csv", tmp_path / "near.csv").exit_code == 1
    assert typed(tmp_path / "here.csv", tmp_path / "near.csv", "--tolerance", "1e-6").exit_code == 0
