"""True changes of regions: none of the same person, ventricles grow with age; coverage is counted right."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.structures.structure_labels import NAMES as STRUCTURES
from brainaging.pipeline.counterfactual.score.true_region_changes import (
    covered,
    region_ml,
    structure_map,
    structure_ml,
    true_region_changes,
)
from brainaging.pipeline.data.freesurfer_atlases import Region
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.anatomies import LATTICE, template_anatomy
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES
from brainaging.transforms import get_grid

VENTRICLE = Region("lateral_ventricle", "left")


@pytest.fixture(scope="module")
def cause(small_cohort):
    return small_cohort.truth.causes[small_cohort.subjects[0]].with_values(age=50.0)


def test_the_same_person_does_not_change_and_an_older_one_has_larger_ventricles(small_cohort, cause):
    truth = small_cohort.truth
    assert set(true_region_changes(truth, cause, cause).values()) == {0.0}
    changes = true_region_changes(truth, cause, cause.with_values(age=60.0))
    assert changes[VENTRICLE] > 5
    assert np.median(list(changes.values())) < changes[VENTRICLE]


def test_a_larger_head_has_larger_regions_by_as_much(small_cohort, cause):
    changes = true_region_changes(small_cohort.truth, cause, cause.with_values(head_size=1.1 * cause.head_size))
    np.testing.assert_allclose(list(changes.values()), 10.0, atol=1e-6)


def test_regions_are_parts_of_the_head_and_labels_lie_in_millimetres(small_cohort, cause):
    volumes = region_ml(small_cohort.truth, cause)
    assert 0 < volumes[VENTRICLE] < 60
    assert 0.7 * cause.head_size < sum(volumes.values()) < 1.3 * cause.head_size
    labels = template_anatomy().structures
    points = LATTICE.points().numpy()
    left, right = (points[labels == label].mean(axis=0) for label in (4, 43))
    assert left[0] < 0 < right[0]


def test_structures_on_a_person_fill_what_they_truly_fill_and_lie_on_their_side(small_cohort, cause):
    truth = small_cohort.truth
    labels, volumes = structure_map(truth, cause), structure_ml(truth, cause)
    assert labels.shape == tuple(2 * size for size in truth.grid.shape)
    counts = np.bincount(labels.ravel(), minlength=len(STRUCTURES) + 1)[1:] * (truth.grid.spacing / 2) ** 3 / 1000
    large = volumes > 20
    np.testing.assert_allclose(counts[large], volumes[large], rtol=0.06)
    regions = region_ml(truth, cause)
    parts = [regions[Region(name, "left")] for name in ("lateral_ventricle", "inf_lat_vent", "choroid_plexus")]
    assert volumes[STRUCTURES.index("left lateral ventricle")] == pytest.approx(sum(parts))
    left = np.argwhere(labels == 1 + STRUCTURES.index("left hippocampus"))[:, 0].mean()
    assert left < labels.shape[0] / 2


def test_an_interval_holds_the_truth_or_not_and_unknown_regions_are_left_out():
    regions = pd.DataFrame(
        {
            "structure": ["a", "b", "c"],
            "hemisphere": ["left", "left", ""],
            "bootstrap_low": [0.0, 0.0, 0.0],
            "bootstrap_high": [1.0, 1.0, 1.0],
        }
    )
    table = covered(regions, {Region("a", "left"): 0.5, Region("b", "left"): 2.0})
    assert table["inside"].tolist() == [True, False]
    assert table["true"].tolist() == [0.5, 2.0]


def test_elastic_tissue_s_regions_change_as_its_structures_were_prescribed_and_at_the_mean_rate():
    scenario = load_scenario("lifespan-elastic")
    renderer = Renderer(scenario, 3, 6.0)
    person = replace(draw_causes(scenario, 3, 4)[0].with_values(age=55.0), rate=1.3)
    truth = Truth(renderer, {person.subject: person}, get_grid("t1w_32"))
    typical, older = truth.typical(person, 10.0), person.with_values(age=65.0)
    assert typical.age == older.age
    own, mean = (true_region_changes(truth, person, cause) for cause in (older, typical))
    asked = renderer.elastic.growth(older) - renderer.elastic.growth(person)
    for side in ("left", "right"):
        assert own[Region("lateral_ventricle", side)] > mean[Region("lateral_ventricle", side)] > 0
        prescribed = 100 * np.expm1(asked[NAMES.index("thalamus")])
        assert own[Region("thalamus", side)] == pytest.approx(prescribed, abs=2.0)
        assert own[Region("superiorfrontal", side)] < 0
