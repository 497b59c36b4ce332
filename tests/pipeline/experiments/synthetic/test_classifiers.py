"""Out-of-fold predictions are of each tested person once; the audit's answers stand beside the share of men."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.experiments.synthetic.classifiers import (
    FIRST,
    SECOND,
    classify_scans,
    cross_validated,
    sex_learners,
)
from brainaging.pipeline.experiments.synthetic.training import Learner
from brainaging.pipeline.results import Scoring

PEOPLE = 24
FOLDS = [(np.arange(12, 24), np.arange(12)), (np.arange(12), np.arange(12, 24))]
LEARNER = Learner("one", Path("bundle"), 1, {})


@pytest.fixture
def volumes() -> np.ndarray:
    """Men are bright, women dark; the last three people are of unknown sex."""
    random = np.random.default_rng(0)
    sign = np.where(np.arange(PEOPLE) % 2, 1.0, -1.0)
    return (sign[:, None, None, None] + 0.1 * random.normal(size=(PEOPLE, 6, 6, 6))).astype(np.float32)


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.arange(PEOPLE) % 2
    labels[-3:] = -1
    return labels


def test_everybody_of_known_sex_is_tested_once_by_who_never_saw_them(
    stand_in, brightness, volumes: np.ndarray, labels: np.ndarray
) -> None:
    training = stand_in(None, volumes, brightness())
    predictions = cross_validated(training, LEARNER, FOLDS, labels, ("F", "M"))
    np.testing.assert_array_equal(np.sort(predictions.index), np.flatnonzero(labels >= 0))
    np.testing.assert_array_equal(predictions.predicted, predictions.truth)
    np.testing.assert_allclose(predictions.score.sum(axis=1), 1)
    for fold in (0, 1):
        learned = training.rows["one", fold]
        assert not set(learned) & set(predictions.index[predictions.fold == fold])
        assert (labels[learned] >= 0).all()


def test_years_are_predicted_as_they_are(stand_in, brightness, volumes: np.ndarray) -> None:
    years = volumes.mean(axis=(1, 2, 3)).astype(float)
    years[5] = np.nan
    predictions = cross_validated(stand_in(None, volumes, brightness(0)), LEARNER, FOLDS, years, ())
    assert 5 not in predictions.index
    np.testing.assert_allclose(predictions.predicted, predictions.truth, rtol=1e-5)
    assert predictions.score.shape == (PEOPLE - 1, 0)


def test_the_second_classifier_has_other_validation_people() -> None:
    learners = sex_learners(Path("bundle"), 3)
    assert learners[FIRST].stream != learners[SECOND].stream
    assert learners[SECOND].overrides["linear"] is False


def test_scores_differences_and_the_audit_are_found(stand_in, brightness, volumes, labels) -> None:
    cohort = SimpleNamespace(table=pd.DataFrame({"sex": np.array(["F", "M", ""])[labels]}))
    prepared = SimpleNamespace(cohort=cohort, head_size=1000.0 + 25 * (np.arange(PEOPLE) // 2))
    scoring = Scoring("toy", "T1w", 0, np.arange(PEOPLE), replicates=20)
    budget = BUDGETS["short"].synthetic
    classified = classify_scans(stand_in(prepared, volumes, brightness()), Path("bundle"), FOLDS, budget, scoring)
    responses = [finding for finding in classified.findings if finding.kind == "scale_response"]
    assert [finding.scale for finding in responses] == list(classified.scale_curve)
    assert {finding.baseline_value for finding in responses} == {0.5}
    assert {finding.adjustment for finding in classified.findings if finding.kind == "score"} == {
        "",
        "head_size_residualised",
        "head_size_matched",
    }
    assert {finding.reference for finding in classified.findings if finding.kind == "difference"} == {
        "logistic_regression"
    }
