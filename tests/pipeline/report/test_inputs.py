"""What a run left: read once, split by experiment, broken files named in a line."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.report.inputs import EDITING, SYNTHETIC, WORTH, first_line, read_run, read_table
from brainaging.pipeline.results import TERMS
from brainaging.pipeline.runtime import UserError


def test_every_finding_belongs_to_one_section(example_run):
    run = read_run(example_run)
    parts = (run.results, run.synthetic_results, run.generator_results, run.edit_results)
    assert sum(map(len, parts)) == len(run.findings)
    assert {one.experiment for one in run.synthetic_results} <= set(SYNTHETIC)
    assert {*SYNTHETIC, *WORTH, *EDITING} <= TERMS["experiment"].keys()
    assert run.problems == {} and run.simulated is True
    assert run.has_scans and run.has_table


def test_a_run_of_a_table_alone_has_no_scans(table_run):
    run = read_run(table_run)
    assert run.has_table and not run.has_scans


def test_an_empty_folder_holds_nothing_and_no_folder_is_refused(tmp_path):
    run = read_run(tmp_path)
    assert run.findings is None and run.results == [] and run.simulated is None
    with pytest.raises(UserError, match="found no such folder"):
        read_run(tmp_path / "gone")


def test_a_broken_file_is_a_problem_named_without_the_machines_path(tmp_path):
    (tmp_path / "results.csv").write_text("kind,value\nscore,1\n")
    (tmp_path / "cohort.json").write_text("[]")
    np.save(tmp_path / "synthetic.npz", np.zeros(3))
    problems = read_run(tmp_path).problems
    assert set(problems) == {"results.csv", "cohort.json"} or "synthetic.npz" in problems
    assert problems["results.csv"].startswith("results.csv: expected the columns")
    assert problems["cohort.json"] == "cohort.json: expected a JSON object, found list"
    assert first_line(ValueError(f"{tmp_path}/a.csv: bad\nmore"), tmp_path) == "a.csv: bad"


def test_a_table_keeps_text_and_reads_numbers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,value\n007,1.5\nNA,\n")
    table = read_table(path, ("name", "value"), ("value",))
    assert list(table["name"]) == ["007", "NA"]
    assert table["value"][0] == 1.5 and pd.isna(table["value"][1])
    with pytest.raises(UserError, match="missing other"):
        read_table(path, ("name", "other"))
    with pytest.raises(UserError, match="column name expected numbers, found 'NA'"):
        read_table(path, ("name",), ("name",))
