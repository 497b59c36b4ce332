"""The truth beside a simulated cohort: read where it is finished, the same people every time."""

import json
from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.simulated_truth import RECORD, Truth, by_anatomy
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Renderer
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


def test_people_of_one_anatomy_follow_each_other_and_changes_stand_where_their_people_do(small_cohort):
    truth = small_cohort.truth
    own = truth.of(small_cohort.subjects[:3])
    dealt = [replace(cause, anatomy=name) for cause, name in zip(own * 2, "bcabca", strict=True)]
    assert by_anatomy(dealt) == [2, 5, 0, 3, 1, 4]
    older = [cause.with_values(age=cause.age + 10.0) for cause in own]
    # rendered in another order, since these anatomies are the other way round
    anatomies = dict.fromkeys("cba", truth.renderer.anatomies[own[0].anatomy])
    renderer = Renderer(truth.renderer.scenario, truth.renderer.seed, truth.renderer.spacing, anatomies=anatomies)
    named = [
        [replace(cause, anatomy=name) for cause, name in zip(people, "cba", strict=True)]
        for people in (own, older)
    ]
    changes = Truth(renderer, {}, truth.grid).changes(*named)
    np.testing.assert_array_equal(
        changes, np.concatenate([truth.changes([a], [b]) for a, b in zip(own, older, strict=True)])
    )
