"""The list of experiments: what runs, and what one part alone does to a finished folder."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from brainaging.pipeline.experiments import reproduce as module
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.context import Experiment, Outcome
from brainaging.pipeline.experiments.reproduce import EXPERIMENTS, PARTS, Request, chosen_experiments, reproduce
from brainaging.pipeline.results import NotComputed, read_results
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


def cohort(has_scans=True):
    return SimpleNamespace(
        name="toy", has_scans=has_scans, digest="d" * 64, restricted=None, table=pd.DataFrame({"site": [""]})
    )


@pytest.fixture
def ran(monkeypatch):
    """Replace the experiments by ones that count their runs, and preparing by nothing."""
    runs = dict.fromkeys(("one", "two"), 0)

    def experiment(name):
        def run(context):
            runs[name] += 1
            reason = f"{name} run {runs[name]}, seed {context.seed}"
            return Outcome([NotComputed(experiment="sex", cohort="toy", reason=reason)], [f"net-{name}"])

        return Experiment(name, "scans", (), run)

    monkeypatch.setattr(module, "EXPERIMENTS", tuple(map(experiment, runs)))
    monkeypatch.setattr(module, "PARTS", tuple(runs))
    monkeypatch.setattr(module, "prepare", lambda *args, **options: None)
    return runs


def reasons(findings):
    return [finding.reason for finding in findings]


def test_every_experiment_has_a_name_of_its_own_and_bundles():
    assert len(set(PARTS)) == len(EXPERIMENTS)
    assert all(experiment.bundles and experiment.needs in ("scans", "table") for experiment in EXPERIMENTS)


def test_one_part_alone_replaces_its_own_findings_and_keeps_the_others(ran, tmp_path):
    for name in ran:
        folder = tmp_path / "models" / f"net-{name}" / "fold-0"
        folder.mkdir(parents=True)
        pd.DataFrame({"net": [name]}).to_csv(folder / "curves.csv", index=False)
    both = reproduce(cohort(), tmp_path, {}, get_budget("short"), Request(GRID))
    assert reasons(both) == ["one run 1, seed 0", "two run 1, seed 0"]
    alone = reproduce(cohort(), tmp_path, {}, get_budget("short"), Request(GRID, only=("one",)))
    assert reasons(alone) == ["one run 2, seed 0", "two run 1, seed 0"]
    assert read_results(tmp_path / "results.csv") == alone
    assert pd.read_csv(tmp_path / "curves.csv")["net"].tolist() == ["one", "two"]
    facts = json.loads((tmp_path / "provenance.json").read_text())
    assert facts["trained"] == {"one": ["net-one"], "two": ["net-two"]}
    assert {"seed", "grid", "cohort", "budget", "n4", "strip"} <= set(facts)


def test_findings_of_another_seed_budget_or_cohort_are_not_kept(ran, tmp_path):
    reproduce(cohort(), tmp_path, {}, get_budget("short"), Request(GRID))
    only = Request(GRID, only=("two",))
    assert reasons(reproduce(cohort(), tmp_path, {}, get_budget("short"), only, seed=1)) == ["two run 2, seed 1"]
    short = replace(get_budget("short"), folds=2)
    reproduce(cohort(), tmp_path, {}, short, Request(GRID))
    assert len(reproduce(cohort(), tmp_path, {}, short, only)) == 2
    assert len(reproduce(cohort(), tmp_path, {}, get_budget("short"), only)) == 1
    other = cohort()
    other.digest = "e" * 64
    assert len(reproduce(other, tmp_path, {}, get_budget("short"), only)) == 1


def test_a_whole_run_keeps_nothing_of_an_earlier_one(ran, tmp_path, monkeypatch):
    reproduce(cohort(), tmp_path, {}, get_budget("short"), Request(GRID))
    monkeypatch.setattr(module, "EXPERIMENTS", module.EXPERIMENTS[:1])
    assert reasons(reproduce(cohort(), tmp_path, {}, get_budget("short"), Request(GRID))) == ["one run 2, seed 0"]


@pytest.mark.parametrize(
    ("has_scans", "options", "message"),
    [
        (True, {"only": ("dreams",)}, "--only dreams: expected scans, table"),
        (False, {"only": ("scans",)}, "--only scans: toy has no scans"),
        (True, {"only": ("table",)}, "--only table: give the measures as --morphometry"),
        (False, {}, "toy: people without scans: give their measures as --morphometry"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_prepared(has_scans, options, message):
    with pytest.raises(UserError, match=message):
        chosen_experiments(cohort(has_scans), Request(GRID, **options))


def test_a_cohort_gets_the_experiments_that_it_has_data_for(tmp_path):
    table = Request(GRID, morphometry=tmp_path / "measures.csv")
    assert [e.name for e in chosen_experiments(cohort(has_scans=False), table)] == ["table"]
    assert [e.name for e in chosen_experiments(cohort(), table)] == list(PARTS)
    assert "table" not in [e.name for e in chosen_experiments(cohort(), Request(GRID))]
