"""Scores of later sessions: doing nothing is 1, the truth 0, intervals hold what they hold, power is of pairs."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.followup.follow_up_scores import Floor, FollowUpScorer
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.results import Scoring

PEOPLE = 24


@pytest.fixture
def scorer():
    rng = np.random.default_rng(0)
    observed = rng.standard_normal((PEOPLE, 4, 4, 4))
    grown = {name: rng.normal(2.0, 0.5, PEOPLE) for name in STRUCTURES}
    floor = Floor(np.full(5, 0.2), dict.fromkeys(STRUCTURES, np.array([0.1, 0.3])))
    scoring = Scoring("people", "T1w", 0, np.arange(PEOPLE), replicates=100)
    return FollowUpScorer("second_session", observed, grown, np.ones((4, 4, 4), bool), floor, scoring, 40)


def by_metric(scorer, model):
    return {(score.metric, score.features): score for score in scorer.findings if score.model == model}


def test_doing_nothing_is_one_and_the_truth_is_nought(scorer):
    scorer.score_map("no_change", np.zeros_like(scorer.observed))
    scorer.score_map("deformation", scorer.observed)
    nothing, truth = (by_metric(scorer, model) for model in ("no_change", "deformation"))
    assert nothing["error_by_no_change", "voxels"].value == pytest.approx(1.0)
    assert truth["error_by_no_change", "voxels"].value == pytest.approx(0.0)
    assert truth["correlation", "voxels"].value == pytest.approx(1.0)
    assert truth["norm_ratio", "voxels"].value == pytest.approx(1.0)
    # what does not change has no place
    assert ("correlation", "voxels") not in nothing
    moved = np.sqrt(np.square(scorer.observed).mean(axis=(1, 2, 3))).mean()
    assert nothing["error_by_no_change", "voxels"].baseline_value == pytest.approx(0.2 / moved)


def test_volumes_are_off_by_what_they_are_off(scorer):
    scorer.score_volumes("deformation", {name: grown + 0.25 for name, grown in scorer.grown.items()})
    scorer.score_volumes("no_change", {name: np.zeros(PEOPLE) for name in STRUCTURES})
    ours, nothing = (by_metric(scorer, model) for model in ("deformation", "no_change"))
    for name in STRUCTURES:
        assert ours["change_mae", name].value == pytest.approx(0.25)
        assert ours["change_mae", name].baseline_value == pytest.approx(0.2)
        assert ours["change_ratio", name].value > 1
        assert nothing["change_ratio", name].value == 0


def test_intervals_hold_the_share_that_lies_in_them(scorer):
    reached = np.arange(PEOPLE, dtype=float)
    scorer.score_interval("personal_rate", "grey", reached, reached - 1, reached + np.where(reached < 6, -0.5, 1))
    found = by_metric(scorer, "personal_rate")
    share = found["interval_coverage", "grey"]
    assert share.value == pytest.approx(0.75)
    assert share.ci_low < 0.75 < share.ci_high < 0.95
    assert share.verdict == "worse" or share.term.higher_is_better is None
    assert found["interval_width", "grey"].value == pytest.approx((6 * 0.5 + 18 * 2) / 24)


def test_power_is_of_paired_differences_to_the_edit(scorer):
    rng = np.random.default_rng(1)
    scorer.score_volumes("deformation", {"grey": scorer.grown["grey"] + 0.1})
    scorer.score_volumes("no_change", {"grey": scorer.grown["grey"] + 0.6 + 0.1 * rng.standard_normal(PEOPLE)})
    scorer.add_power()
    (power,) = [score for score in scorer.findings if score.metric == "people_needed"]
    assert (power.model, power.baseline, power.features) == ("deformation", "no_change", "grey")
    assert power.value <= 2


def test_without_the_edit_there_is_no_power_and_without_retests_no_floor(scorer):
    scorer.floor = None
    scorer.score_volumes("no_change", {"grey": np.zeros(PEOPLE)})
    scorer.add_power()
    assert [score for score in scorer.findings if score.metric == "people_needed"] == []
    assert np.isnan(by_metric(scorer, "no_change")["change_mae", "grey"].baseline_value)
