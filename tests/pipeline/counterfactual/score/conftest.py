"""A task of a few simulated people, with its answers, made once."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.linear_readings import LinearReadings
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, SEXED
from brainaging.pipeline.counterfactual.score.tasks.scored_task import People, ScoredTask, task_of_truth
from brainaging.pipeline.counterfactual.score.true_changes import counterfactuals

HELD_OUT = 4


@pytest.fixture(scope="session")
def tiny_task(small_cohort) -> ScoredTask:
    truth, subjects = small_cohort.truth, small_cohort.subjects[:HELD_OUT]
    rest = slice(HELD_OUT, None)
    readings = LinearReadings.fit(
        small_cohort.volumes[rest], truth.grid, small_cohort.age[rest], small_cohort.male[rest]
    )
    people = People(
        subjects,
        np.arange(HELD_OUT),
        small_cohort.age[:HELD_OUT],
        small_cohort.male[:HELD_OUT],
        small_cohort.volumes[:HELD_OUT],
    )

    def true_change(edit):
        return truth.changes(truth.of(subjects), counterfactuals(edit, truth, subjects, truth.male_ratio)[0])

    return task_of_truth(truth, people, (AGED, SEXED), true_change, (readings, ""))
