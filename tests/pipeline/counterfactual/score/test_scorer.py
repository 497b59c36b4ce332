"""The score: a perfect edit has all, the best single map is signed, laws that cannot fail are not in it."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.counterfactual.methods import NoChange
from brainaging.pipeline.counterfactual.score import SHARED_MODEL
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, EDITS, SEXED
from brainaging.pipeline.counterfactual.score.scorer import TRUE, HeldOut, Scorer
from brainaging.pipeline.counterfactual.score.true_changes import edit_targets
from brainaging.pipeline.results import EditScore, Scoring
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
#: women and men, young and old
FEW = 6


class Perfect:
    """An edit that knows the truth."""

    name, covariates = "deformation", (AGE, SEX, HEAD_SIZE)

    def __init__(self, truth, subjects, own):
        self.truth, self.subjects, self.own = truth, subjects, own

    def predicted_change(self, volumes, before, after):
        subjects, own = self.subjects[: len(volumes)], self.own[: len(volumes)]
        if (before.age != own.age).any() or (before.male != own.male).any():
            return -self.last[: len(volumes)]
        edit = AGED if np.any(after.age != before.age) else SEXED
        self.last = edit_targets(edit, self.truth, subjects, before, 1.0).true
        return self.last


class Reader:
    """Calls everybody a man of fifty."""

    def probability_male(self, volumes, head_size):
        return np.ones(len(volumes))

    def years(self, volumes, head_size):
        return np.full(len(volumes), 50.0)


@pytest.fixture(scope="module")
def held_out(small_cohort) -> HeldOut:
    people = Covariates(small_cohort.age, small_cohort.male, small_cohort.aligned.head_size)[:FEW]
    assert 0 < people.male.sum() < FEW
    return HeldOut(small_cohort.volumes[:FEW], GRID, small_cohort.subjects[:FEW], people, np.arange(FEW))


def scores(scorer, methods):
    return {(f.edit, f.model, f.metric, f.people): f for f in scorer.run(methods)}


@pytest.fixture(scope="module")
def scored(small_cohort, held_out):
    perfect = Perfect(small_cohort.truth, held_out.subjects, held_out.people)
    scoring = Scoring("small", "T1w", 0, held_out.families, 20)
    scorer = Scorer(held_out, small_cohort.truth, Reader(), scoring, 33, (AGED, SEXED))
    return scorer, scores(scorer, [perfect, NoChange()])


def test_a_perfect_edit_has_everything_and_no_change_nothing(scored):
    _, found = scored
    for edit in ("age+10", "sex"):
        assert found[edit, "deformation", "correlation", ""].value == pytest.approx(1)
        assert found[edit, "deformation", "norm_ratio", ""].value == pytest.approx(1)
        assert found[edit, "deformation", "slope_error", ""].value == pytest.approx(0, abs=1e-6)
        assert found[edit, "no_change", "slope_error", ""].value == pytest.approx(1)
        assert (edit, "no_change", "correlation", "") not in found
    drift = found["age+10", "deformation", "head_size_drift", ""]
    assert (drift.baseline, drift.baseline_value) == ("true_counterfactuals", pytest.approx(drift.value))
    assert found["age+10", "deformation", "ventricle_ratio", ""].value == pytest.approx(1)


def test_the_best_single_map_of_a_sex_edit_is_signed_and_all_others_stand_beside_it(scored):
    scorer, found = scored
    best = found["sex", "mean_true_map", "correlation", ""]
    assert best.value > 0.3
    assert {found["sex", "mean_true_map", "correlation", sex].value > 0.3 for sex in "FM"} == {True}
    ours = found["sex", "deformation", "correlation", ""]
    assert (ours.baseline, ours.baseline_value) == ("mean_true_map", best.value)
    # women's and men's changes, as they are, are opposite
    true, male = scorer.examples["sex", TRUE], scorer.held_out.people.male > 0.5
    women, men = true[~male].mean(axis=0), true[male].mean(axis=0)
    assert np.corrcoef(women.ravel(), men.ravel())[0, 1] < -0.3


def test_laws_that_cannot_fail_are_not_in_the_tables(scored):
    _, found = scored
    metrics = {metric for _, _, metric, _ in found}
    assert not metrics & {"identity", "composition_error"}
    reversal = found["age+10", "deformation", "reversibility_error", ""]
    assert (reversal.baseline, reversal.baseline_value) == ("no_error", 0.0)


def test_the_parts_make_up_everybody_and_counts_are_theirs(scored):
    _, found = scored
    whole = found["age+10", "deformation", "correlation", ""]
    parts = [found["age+10", "deformation", "correlation", sex] for sex in "FM"]
    assert (whole.n_test, whole.n_train) == (FEW, 33)
    assert sum(part.n_test for part in parts) == FEW
    assert all(isinstance(finding, EditScore) for finding in found.values())


def test_a_reader_reads_what_changes_and_stands_beside_the_goal(scored):
    _, found = scored
    men = found["sex", "deformation", "reader_agreement", ""]
    became_men = (1 - scored[0].held_out.people.male).mean()
    assert men.value == men.baseline_value == pytest.approx(became_men)
    assert found["age+10", "deformation", "reader_years", ""].value == 0
    assert ("age+10", "deformation", "reader_agreement", "") not in found


def test_without_truth_and_reader_drift_and_reversal_are_left(held_out):
    scorer = Scorer(held_out, None, None, Scoring("real", "T1w", 0, held_out.families, 20), 33, EDITS[:1])
    method = replace(NoChange(), name="deformation")
    found = scores(scorer, [method])
    assert {(metric, people) for _, _, metric, people in found} == {
        ("head_size_drift", ""),
        ("head_size_drift", "F"),
        ("head_size_drift", "M"),
    }
    assert {finding.baseline for finding in found.values()} == {"scans_as_they_are"}


def test_the_disclosure_names_what_simulator_and_edit_share():
    for words in ("B-splines", "log domain", "quadratic clock", "origin", "template", "ventricles"):
        assert words in SHARED_MODEL
