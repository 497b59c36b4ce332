"""Baseline methods: all are there, change nothing by no step, and one that cannot be fitted costs no other."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual import comparators as module
from brainaging.pipeline.counterfactual.comparators import comparators, latent_spaces
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_mask

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def cohort(small_cohort):
    people = Covariates(small_cohort.age, small_cohort.male, small_cohort.aligned.head_size)
    trained = {"gan": PcaCoder(small_cohort.volumes, template_mask(GRID), codes=4)}
    spaces = latent_spaces(small_cohort.volumes, GRID, trained)
    return small_cohort.volumes, people, np.arange(len(people)), spaces


def test_every_method_is_there_and_no_step_is_no_change(cohort, monkeypatch):
    volumes, people, families, spaces = cohort
    monkeypatch.setattr(module, "SYNTHETIC", 40)
    methods = {method.name: method for method in comparators(volumes, GRID, people, families, spaces, 0)}
    assert {
        "voxel_regression",
        "linear_latent_pca",
        "linear_latent_gan",
        "ridge_direction",
        "rescaled_head",
        "no_change",
    } <= set(methods)
    few = slice(0, 2)
    for method in methods.values():
        change = method.predicted_change(volumes[few], people[few], people[few])
        assert change.shape == volumes[few].shape
        np.testing.assert_allclose(change, 0, atol=1e-5)


def test_the_originals_way_is_left_out_with_a_warning_where_all_brains_get_one_label(cohort, monkeypatch, caplog):
    def one_label(*_):
        raise UserError("sex: every label is of one class")

    monkeypatch.setattr(module, "labelled_synthetic", one_label)
    volumes, people, families, spaces = cohort
    names = [method.name for method in comparators(volumes, GRID, people, families, spaces, 0)]
    assert "labelled_synthetic" not in names
    assert names[-1] == "no_change"
    assert "every label is of one class" in caplog.text
