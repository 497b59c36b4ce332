"""The score's readers: age and sex of simulated people, size is not read, few people are refused."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.linear_readings import LinearReadings
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, origin_voxel, scale_head

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def readings(small_cohort) -> LinearReadings:
    return LinearReadings.fit(small_cohort.volumes[:20], GRID, small_cohort.age[:20], small_cohort.male[:20])


def test_ageing_is_read_as_ageing_in_the_truth_and_equal_people_give_equal_readers(readings, small_cohort):
    truth, subjects = small_cohort.truth, small_cohort.subjects[20:22]
    causes = truth.of(subjects)
    old = np.stack([truth.volume(cause.with_values(age=80.0)) for cause in causes])
    young = np.stack([truth.volume(cause.with_values(age=25.0)) for cause in causes])
    assert (readings.read(old)["age"] - readings.read(young)["age"]).min() > 5
    again = LinearReadings.fit(small_cohort.volumes[:20], GRID, small_cohort.age[:20], small_cohort.male[:20])
    np.testing.assert_array_equal(again.age, readings.age)
    np.testing.assert_array_equal(again.sex, readings.sex)


def test_a_larger_head_is_read_nearly_alike(readings, small_cohort):
    scans = small_cohort.volumes[20:]
    larger = np.stack([scale_head(scan, 1.04, origin_voxel(GRID)) for scan in scans])
    plain, read = readings.read(scans)["sex"], readings.read(larger)["sex"]
    spread = np.std(readings.read(small_cohort.volumes)["sex"])
    assert np.abs(read - plain).mean() < spread


def test_people_who_learned_are_told_apart(readings, small_cohort):
    read = readings.read(small_cohort.volumes[:20])
    assert np.corrcoef(read["age"], small_cohort.age[:20])[0, 1] > 0.7
    male = small_cohort.male[:20] > 0.5
    assert read["sex"][male].mean() > read["sex"][~male].mean()


def test_few_people_are_refused_in_one_line(small_cohort):
    with pytest.raises(UserError, match="expected 20 people and 5 of each sex"):
        LinearReadings.fit(small_cohort.volumes[:8], GRID, small_cohort.age[:8], small_cohort.male[:8])
