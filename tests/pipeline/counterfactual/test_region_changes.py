"""How regions change by an edit: nothing by no step, ventricles with age, and what intervals are of."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.learn import DRAWS
from brainaging.pipeline.counterfactual.region_changes import INTERVALS, VENTRICLES, OwnLabels, region_changes


@pytest.fixture(scope="module")
def person(learned, small_cohort):
    """A scan, its covariates, its velocity and its labels."""
    people = Covariates(small_cohort.age, small_cohort.male, small_cohort.aligned.head_size)[:1]
    velocity = learned.edit.align(small_cohort.volumes[:1], people)
    return small_cohort.volumes[0], people, velocity, OwnLabels.of(learned, velocity)


def test_no_step_changes_no_region(learned, person):
    scan, people, velocity, own = person
    table = region_changes(scan, learned, velocity, own, people, people)
    for column in ("volume_change_percent", "bootstrap_low", "bootstrap_high"):
        np.testing.assert_allclose(table[column], 0, atol=1e-4)


def test_ventricles_grow_with_age_and_intervals_are_of_the_draws(learned, person):
    scan, people, velocity, own = person
    table = region_changes(scan, learned, velocity, own, people, people.older(10.0))
    by_name = table.groupby("structure")["volume_change_percent"].mean()
    assert by_name["lateral_ventricle"] > 2
    assert by_name["superiorfrontal"] < by_name["lateral_ventricle"]
    # of draws at 0.8, 1 and 1.2 times the effect
    assert table["volume_change_percent"].between(table["bootstrap_low"], table["bootstrap_high"]).mean() > 0.9
    assert (table["voxels_of_t1w_32"] >= 4).all()


def test_means_are_over_the_labels_that_are_large(person):
    own = person[3]
    values = np.where(own.labels == own.large[0], 7.0, 1.0)
    means = own.means(values)
    assert means[0] == 7.0
    np.testing.assert_array_equal(means[1:], 1.0)


def test_ventricles_lie_where_the_labels_have_them_and_a_voxel_around(learned, person):
    own = person[3]
    inside = np.isin(own.labels, [label for label, one in own.regions.items() if one.structure in VENTRICLES])
    place = own.ventricles(learned.edit.grid)
    assert place[inside].all()
    assert inside.sum() < place.sum() < 12 * inside.sum()


def test_what_is_said_of_the_intervals_names_what_they_hold_fixed():
    for words in ("Alignment", "variances", "calibration of head size", str(DRAWS), "far from 95 %"):
        assert words in INTERVALS
