"""The truth beside a simulated cohort: read where it is finished, the same people every time."""

import json

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.simulated_truth import RECORD, Truth
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid


def test_a_folder_without_a_finished_simulation_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"found no simulation\.json"):
        Truth.open(tmp_path, get_grid("t1w_32"))
    (tmp_path / RECORD).parent.mkdir()
    (tmp_path / RECORD).write_text(json.dumps({"complete": False}))
    with pytest.raises(UserError, match="simulating did not end"):
        Truth.open(tmp_path, get_grid("t1w_32"))


def test_a_person_is_the_same_without_noise_and_not_with(small_cohort):
    truth = small_cohort.truth
    cause = truth.causes[small_cohort.subjects[0]]
    np.testing.assert_array_equal(truth.volume(cause), small_cohort.volumes[0])
    assert (truth.volume(cause, noise=True) != small_cohort.volumes[0]).any()
    assert not truth.changes([cause], [cause]).any()


def test_at_the_mean_rate_a_person_of_that_rate_is_as_old_as_the_years_say(small_cohort):
    truth = small_cohort.truth
    cause = truth.causes[small_cohort.subjects[0]].with_values(age=50.0)
    ages = []
    for rate in (0.8, 1.0, 1.25):
        person = cause.__class__(**{**vars(cause), "rate": rate})
        ages.append(truth.typical(person, 10.0).age)
    assert ages[1] == pytest.approx(60.0)
    # who ages slowly must become older to look as old
    assert ages[0] > ages[1] > ages[2]
