"""Later sessions predicted, as a user types it; sessions that cannot be are one clear line each."""

import shutil

import pandas as pd
import pytest

from brainaging.pipeline.simulate import simulate


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("people") / "people", "follow-up", 2, seed=3, spacing=8.0)


@pytest.fixture
def own(people, tmp_path):
    """Return the table of sessions of who has most, in a copy: its path and what it says."""
    shutil.copytree(people, tmp_path / "people")
    tables = sorted((tmp_path / "people").glob("sub-*/*_sessions.tsv"))
    path = max(tables, key=lambda table: len(table.read_text().splitlines()))
    table = pd.read_csv(path, sep="\t", dtype=str)
    assert len(table) > 1
    return path, table


def refused(run, tmp_path):
    done = run("followup", "people", "--grid", "t1w_32", "--out", "out", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_sessions_in_the_wrong_order(run, own, tmp_path):
    path, table = own
    table.loc[[0, len(table) - 1], "acq_time"] = table.loc[[len(table) - 1, 0], "acq_time"].to_numpy()
    table.loc[[0, len(table) - 1], "age"] = table.loc[[len(table) - 1, 0], "age"].to_numpy()
    table.to_csv(path, sep="\t", index=False)
    assert "expected sessions in the order of time, found" in refused(run, tmp_path)


def test_the_same_day_twice_with_two_ages(run, own, tmp_path):
    path, table = own
    table["acq_time"] = table["acq_time"].iloc[0]
    table.to_csv(path, sep="\t", index=False)
    assert "one day, and ages" in refused(run, tmp_path)


def test_ages_that_do_not_match_days(run, own, tmp_path):
    path, table = own
    table.loc[len(table) - 1, "age"] = "89.5"
    table.to_csv(path, sep="\t", index=False)
    assert "years apart, as their days are, found" in refused(run, tmp_path)


def test_one_session_only(run, own, tmp_path):
    for folder in (tmp_path / "people").glob("sub-*/ses-*"):
        if folder.name != "ses-1":
            shutil.rmtree(folder)
    assert "expected people scanned at two sessions more than 60 days apart, found 2 people" in refused(
        run, tmp_path
    )


def test_too_few_to_learn_from(run, own, tmp_path):
    assert "expected at least 20 people to learn from, found 1 of 2" in refused(run, tmp_path)


@pytest.mark.slow
def test_the_whole_command_prints_its_tables_and_writes_a_report(run, tmp_path):
    simulate(tmp_path / "people", "follow-up", 44, seed=9, spacing=6.0)
    done = run("followup", "people", "--grid", "t1w_32", "--space", "template", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    for words in (
        "Second session, from the first",
        "floor: retests within days",
        "95 % intervals",
        "people that tell",
    ):
        assert words in said
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "People followed over time" in page
    assert "What the years between two scans change" in page
