"""Linear models of latents: planted directions come back, decoded; one class gives none."""

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.latent_models import Discriminant, LinearLatent
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
