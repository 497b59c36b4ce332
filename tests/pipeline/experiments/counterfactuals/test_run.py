"""The experiment: its size is the budget's, and what a cohort cannot give is one finding with its reason."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.experiments.counterfactuals import COUNTERFACTUALS
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditStudy
from brainaging.pipeline.results import NotComputed
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def context(tmp_path, monkeypatch):
    """A context whose cohort nothing is asked of."""
    monkeypatch.setattr(Truth, "beside", lambda cohort, grid: None)
    budget = BUDGETS["short"]
    return SimpleNamespace(
        prepared_scans=SimpleNamespace(cohort=SimpleNamespace(name="c"), grid=None),
        budget=replace(
            budget, edits=replace(budget.edits, learned_from=9, held_out=4, edits=("sex",), knots_mm=30.0)
        ),
        folds=lambda cohort: [(np.arange(20), np.arange(20, 30))],
        models=tmp_path / "models",
        out=tmp_path,
        seed=7,
    )


def test_its_name_on_the_command_line_stays():
    assert (COUNTERFACTUALS.name, COUNTERFACTUALS.needs) == ("edits", "scans")


def test_the_budget_says_how_much_is_done(context, monkeypatch):
    studies = []
    monkeypatch.setattr(EditStudy, "run", lambda self: studies.append(self) or ["finding"])
    assert list(COUNTERFACTUALS.run(context).findings) == ["finding"]
    (study,) = studies
    assert [edit.name for edit in study.settings.edits] == ["sex"]
    assert (study.settings.learned_from, study.settings.knots_mm, study.settings.seed) == (9, 30.0, 7)
    np.testing.assert_array_equal(study.fold[1], np.arange(20, 24))
    assert study.models == context.models / "edits"
    assert study.trained == {}


def test_a_cohort_that_is_too_small_is_one_finding_with_the_reason(context, monkeypatch):
    def too_small(self):
        raise UserError("edits: expected at least 20 scans to learn from, found 3")

    monkeypatch.setattr(EditStudy, "run", too_small)
    (finding,) = COUNTERFACTUALS.run(context).findings
    assert isinstance(finding, NotComputed)
    assert (finding.experiment, finding.cohort, finding.seed) == ("edits", "c", 7)
    assert "at least 20 scans" in finding.reason
