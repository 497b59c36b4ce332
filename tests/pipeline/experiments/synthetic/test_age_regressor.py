"""Ages in years are scored beside ridge regression, brackets beside logistic regression, unknown ages not."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.experiments.synthetic.age_regressor import AGE, regress_age
from brainaging.pipeline.experiments.synthetic.training import Learner
from brainaging.pipeline.results import Finding, Scoring

PEOPLE = 40
FOLDS = [(np.arange(20, 40), np.arange(20)), (np.arange(20), np.arange(20, 40))]


class Cohort:
    name = "toy"

    def __init__(self, years: np.ndarray, brackets: np.ndarray) -> None:
        self.years = years
        self.table = pd.DataFrame({"age_bracket": brackets})

    def age_years(self) -> np.ndarray:
        return self.years


def _findings(stand_in, network, cohort: Cohort, folds=FOLDS) -> list[Finding]:
    volumes = np.repeat(np.linspace(22, 35, PEOPLE), 27).reshape(PEOPLE, 3, 3, 3).astype(np.float32)
    training = stand_in(SimpleNamespace(cohort=cohort), volumes, network)
    scoring = Scoring("toy", "T1w", 0, np.arange(PEOPLE), replicates=20)
    return regress_age(training, Learner(AGE, Path("bundle"), 1, {}), folds, scoring)


def test_years_stand_beside_the_mean_and_ridge(stand_in, brightness) -> None:
    findings = _findings(stand_in, brightness(0), Cohort(np.linspace(22, 35, PEOPLE), np.full(PEOPLE, "")))
    (mae,) = [finding for finding in findings if finding.kind == "score" and finding.metric == "mae"]
    assert mae.value == pytest.approx(0, abs=1e-4)
    assert (mae.target, mae.model, mae.baseline, mae.n_test) == ("age_years", AGE, "mean", PEOPLE)
    assert {finding.reference for finding in findings if finding.kind == "difference"} == {"ridge"}


def test_brackets_stand_beside_the_commonest(stand_in, brightness) -> None:
    # the network's second class is the brighter, older one; the table names the older bracket first
    brackets = np.where(np.arange(PEOPLE) < PEOPLE / 2, "22-25", "26-30")[::-1]
    findings = _findings(stand_in, brightness(), Cohort(np.full(PEOPLE, np.nan), brackets), FOLDS)
    scores = {finding.metric: finding for finding in findings if finding.kind == "score"}
    # everybody is brighter than 0: the network says the later bracket of each of them, right of one half
    assert scores["accuracy"].value == 0.5
    assert (scores["accuracy"].target, scores["accuracy"].baseline) == ("age_bracket", "majority")
    assert "ece" in scores


def test_unknown_ages_and_no_folds_give_nothing(stand_in, brightness) -> None:
    unknown = Cohort(np.full(PEOPLE, np.nan), np.full(PEOPLE, ""))
    assert _findings(stand_in, brightness(), unknown) == []
    assert _findings(stand_in, brightness(), Cohort(np.ones(PEOPLE), np.full(PEOPLE, "")), []) == []
