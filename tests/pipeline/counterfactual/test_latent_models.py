"""Linear models of latents: planted directions come back, decoded; one class gives none."""

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual import comparators as module
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.latent_models import (
    Discriminant,
    LinearLatent,
    Regenerated,
    covariate_rows,
)
from brainaging.pipeline.runtime import UserError


class Flat:
    """A coder whose latents are the voxels of (2, 2, 2)."""

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return z.view(-1, 1, 2, 2, 2)


@pytest.fixture(scope="module")
def cohort() -> tuple[np.ndarray, Covariates]:
    """Volumes whose first voxel grows by 0.3 a decade and whose second is 2 larger in men."""
    random = np.random.default_rng(0)
    people = Covariates(random.uniform(20, 80, 200), np.arange(200) % 2.0, random.uniform(1200, 1600, 200))
    volumes = 0.1 * random.standard_normal((200, 2, 2, 2))
    volumes[:, 0, 0, 0] += 0.03 * people.age
    volumes[:, 0, 0, 1] += 2.0 * people.male
    return volumes.astype(np.float32), people


@pytest.mark.parametrize("kind", ["linear", "discriminant"])
def test_planted_changes_are_predicted(cohort, kind):
    volumes, people = cohort
    latents = volumes.reshape(200, -1)
    if kind == "linear":
        method = LinearLatent.fit(Flat(), latents, people, "linear_latent_pca")
    else:
        method = Discriminant.fit(Flat(), latents, people, np.arange(200), 0)
    after = people.older(10.0).as_sex(1 - people.male)
    change = method.predicted_change(volumes, people, after)
    np.testing.assert_allclose(change[:, 0, 0, 0], 0.3, atol=0.15)
    np.testing.assert_allclose(change[:, 0, 0, 1], np.where(people.male > 0.5, -2.0, 2.0), atol=0.15)
    assert not method.predicted_change(volumes, people, people).any()


def test_labels_of_one_class_give_no_direction(cohort):
    volumes, people = cohort
    latents = volumes.reshape(200, -1)
    labels = (latents, np.arange(200) % 2.0, np.ones(200))
    with pytest.raises(UserError, match="sex: every label is of one class"):
        Discriminant.fit(Flat(), latents, people, np.arange(200), 0, labels)


@pytest.fixture(scope="module")
def small_people(small_cohort) -> Covariates:
    return Covariates(small_cohort.age, small_cohort.male, small_cohort.aligned.head_size)


@pytest.fixture(scope="module")
def method(small_cohort, small_people) -> Regenerated:
    return module.regenerated(small_cohort.volumes.astype(np.float32), small_people)


def test_no_step_is_no_change(method, small_cohort, small_people) -> None:
    change = method.predicted_change(small_cohort.volumes[:3], small_people[:3], small_people[:3])
    np.testing.assert_array_equal(change, 0)


def test_years_widen_what_years_widened(method, small_cohort, small_people) -> None:
    change = method.predicted_change(
        small_cohort.volumes[:6], small_people[:6], small_people[:6].older(20.0)
    ).mean(0)
    causes = small_cohort.truth.of(small_cohort.subjects[:6])
    older = [cause.with_values(age=cause.age + 20) for cause in causes if small_cohort.truth.exists(cause)]
    true = small_cohort.truth.changes(causes, older).mean(0)
    inside = np.abs(true) > 0.01
    assert np.corrcoef(change[inside], true[inside])[0, 1] > 0.4


def test_there_and_back_leaves_the_scan(method, small_cohort, small_people) -> None:
    scans, few = small_cohort.volumes[:3], small_people[:3]
    there = method.predicted_change(scans, few, few.older(10.0))
    back = method.predicted_change(scans + there, few.older(10.0), few)
    assert np.abs(there + back).mean() < 0.35 * np.abs(there).mean()


def test_people_are_read_in_the_generator_s_order(small_people) -> None:
    rows = covariate_rows(small_people[:2])
    np.testing.assert_allclose(
        rows, np.stack([small_people.age[:2], small_people.male[:2], small_people.head_size[:2]], 1), rtol=1e-6
    )
