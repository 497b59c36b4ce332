"""From predictions to findings: planted skill is scored, baselines and differences are of the same subjects."""

import logging
import math
from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.results import Baseline, NotComputed, Probe, Scoring
from brainaging.pipeline.stats.permutation import PermutationTest
from brainaging.pipeline.stats.predictions import Predictions, impossible
from brainaging.pipeline.stats.scores import CLASS_METRICS, accuracy

SEX = Probe(target="sex", features="voxels", model="logistic_regression")
AGE = Probe(target="age_years", features="voxels", model="ridge")
N = 40


@pytest.fixture
def scoring() -> Scoring:
    """Return what scores 40 people in families of two."""
    return Scoring("cohort", "T1w", seed=3, groups=np.arange(N) // 2, replicates=50)


def classes(right: float, rows: np.ndarray | None = None) -> Predictions:
    """Return predictions of sex of which a share is right."""
    rows = np.arange(N) if rows is None else rows
    truth = rows % 2
    wrong = np.random.default_rng(0).permutation(len(rows)) >= right * len(rows)
    predicted = np.where(wrong, 1 - truth, truth)
    score = np.eye(2)[predicted]
    return Predictions(rows, rows % 4, truth, predicted, score, ("F", "M"), n_train=30)


def years(error: float) -> Predictions:
    """Return predictions of age that are wrong by ``error`` years, up and down."""
    rows = np.arange(N)
    truth = 20.0 + (rows * 7) % 23
    return Predictions(rows, rows % 4, truth, truth + error * (-1.0) ** rows, np.empty((N, 0)), (), n_train=30)


def test_every_metric_of_classes_is_scored_beside_its_baseline(scoring):
    findings = scoring.scores(SEX, classes(0.9), Baseline("majority", classes(0.5)))
    assert [finding.metric for finding in findings] == list(CLASS_METRICS)
    scored = findings[0]
    assert (scored.value, scored.baseline, scored.baseline_value) == (0.9, "majority", 0.5)
    assert scored.ci_low <= scored.value <= scored.ci_high
    assert (scored.experiment, scored.cohort, scored.n_train, scored.n_test, scored.seed) == (
        "sex",
        "cohort",
        30,
        N,
        3,
    )
    assert scored.original_value == 0.93
    assert scored.verdict == "better"


def test_years_have_their_own_metrics_and_the_age_bias(scoring):
    findings = {finding.metric: finding for finding in scoring.scores(AGE, years(2.0), experiment="age_years")}
    assert set(findings) == {"mae", "r", "r2", "error_age_r"}
    assert findings["mae"].value == pytest.approx(2.0)
    assert math.isnan(findings["mae"].baseline_value)
    assert scoring.scores(AGE, years(0.0))[2].value == pytest.approx(1.0)


def test_a_baseline_is_scored_on_the_subjects_that_both_have(scoring):
    half = classes(1.0, np.arange(0, N, 2))
    findings = scoring.scores(SEX, half, Baseline("head_size", classes(0.5)), metrics={"accuracy": accuracy})
    everybody = classes(0.5)
    shared = everybody.only(np.arange(0, N, 2))
    assert findings[0].baseline_value == pytest.approx(np.mean(shared.truth == shared.predicted))
    assert findings[0].n_test == N // 2


def test_a_difference_is_a_score_less_another_of_the_same_people_and_changes_its_sign(scoring):
    one, other = classes(0.9), classes(0.6)
    there = scoring.differences(SEX, "model", "ridge", one, other)[0]
    back = scoring.differences(replace(SEX, model="ridge"), "model", "logistic_regression", other, one)[0]
    assert there.value == pytest.approx(0.3)
    assert (there.contrast, there.reference, there.n_test) == ("model", "ridge", N)
    assert (back.value, back.ci_low, back.ci_high) == pytest.approx((-there.value, -there.ci_high, -there.ci_low))
    assert scoring.differences(SEX, "features", "latents", one, one)[0].value == 0.0


def test_a_difference_of_splits_draws_the_same_people_whatever_their_folds(scoring):
    loose = classes(0.9)
    grouped = replace(classes(0.6), fold=(np.arange(N) // 2) % 4)
    finding = scoring.differences(replace(SEX, split="random"), "split", "grouped", loose, grouped)[0]
    assert finding.value == pytest.approx(0.3)
    assert finding.n_test == N
    assert finding.is_random_split


def test_what_cannot_be_computed_says_why_once_and_is_logged(scoring, caplog):
    nobody = impossible("2 families, 3 folds", ("F", "M"))
    with caplog.at_level(logging.WARNING):
        (alone,) = scoring.scores(SEX, nobody)
        (of_years,) = scoring.scores(AGE, impossible("one age"))
        (of_both,) = scoring.differences(SEX, "model", "ridge", classes(0.9), nobody)
        (of_test,) = scoring.permutation(SEX, PermutationTest(math.nan, "", math.nan, "1 label"), classes(0.9))
    missing = (alone, of_years, of_both, of_test)
    assert all(isinstance(finding, NotComputed) for finding in missing)
    assert [finding.metric for finding in missing] == ["balanced_accuracy", "mae", "", "permutation_p"]
    assert [finding.reason for finding in missing] == [
        "2 families, 3 folds",
        "one age",
        "2 families, 3 folds",
        "1 label",
    ]
    assert len(caplog.records) == len(missing)


def test_a_permutation_test_names_its_statistic(scoring):
    (finding,) = scoring.permutation(SEX, PermutationTest(0.01, "auc", 0.9), classes(0.9))
    assert (finding.value, finding.statistic, finding.metric) == (0.01, "auc", "permutation_p")
    assert not finding.has_interval
