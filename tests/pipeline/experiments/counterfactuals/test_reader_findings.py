"""How well the reader reads scans as they are, beside what the people it learned from give away."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.score.scorer import HeldOut
from brainaging.pipeline.experiments.counterfactuals.reader_findings import reader_findings
from brainaging.pipeline.results import NotComputed, Score, Scoring
from brainaging.transforms import get_grid


class Reader:
    """Calls everybody a woman of forty."""

    def probability_male(self, volumes, head_size):
        return np.zeros(len(volumes))

    def years(self, volumes, head_size):
        return np.full(len(volumes), 40.0)


@pytest.fixture
def held_out() -> HeldOut:
    people = Covariates(np.array([38.0, 42, 46, 50]), np.array([0.0, 0, 0, 1]), np.full(4, 1400.0))
    return HeldOut(np.zeros((4, 2, 2, 2)), get_grid("t1w_32"), list("abcd"), people, np.arange(4))


def test_scores_stand_beside_the_commoner_sex_and_mean_age_of_the_readers_people(held_out):
    learned = SimpleNamespace(reader=Reader(), reader_count=7, no_reader="")
    learners = Covariates(np.array([44.0, 46.0, 48.0]), np.array([1.0, 1.0, 0.0]), np.full(3, 1400.0))
    scoring = Scoring("c", "T1w", 0, held_out.families, 20)
    sex, age = reader_findings(learned, held_out, learners, scoring)
    assert isinstance(sex, Score)
    assert (sex.metric, sex.value, sex.baseline, sex.baseline_value) == ("accuracy", 0.75, "majority", 0.25)
    assert (age.metric, age.value, age.baseline, age.baseline_value) == ("mae", 5.0, "mean", 4.0)
    assert (sex.n_train, sex.n_test, sex.experiment) == (7, 4, "edit_readers")


def test_without_a_reader_both_numbers_say_why(held_out):
    learned = SimpleNamespace(reader=None, reader_count=0, no_reader="too few people")
    scoring = Scoring("c", "T1w", 0, held_out.families, 20)
    findings = reader_findings(learned, held_out, held_out.people[:0], scoring)
    assert [(type(f), f.target, f.metric, f.reason) for f in findings] == [
        (NotComputed, "sex", "accuracy", "too few people"),
        (NotComputed, "age_years", "mae", "too few people"),
    ]
