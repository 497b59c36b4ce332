"""Directions in a latent space that is decoded: planted effects come back, in their own units."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.latent_effects import codes_table, latent_effects, measures_table
from brainaging.pipeline.counterfactual.latent_models import check_decodes
from brainaging.pipeline.engines import encode_volumes
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.runtime import UserError

PER_YEAR, OF_MEN, OF_SIZE = 0.03, 0.5, 4.0


class Turned:
    """A coder of measures that turns them by an orthonormal matrix."""

    def __init__(self, count: int) -> None:
        draws = torch.Generator().manual_seed(0)
        self.matrix = torch.linalg.qr(torch.randn(count, count, generator=draws))[0]

    def encode(self, x: Tensor) -> Tensor:
        return x @ self.matrix

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.matrix.T


def planted(count: int = 500) -> tuple[np.ndarray, Covariates]:
    """Return measures of which the first changes with age, the second with sex, the third with head size."""
    random = np.random.default_rng(0)
    age, male = random.uniform(22, 37, count), (random.random(count) < 0.5).astype(float)
    size = 1400 * 1.12**male * np.exp(0.06 * random.standard_normal(count))
    measures = 0.1 * random.standard_normal((count, 5))
    measures[:, 0] += PER_YEAR * age
    measures[:, 1] += OF_MEN * male
    measures[:, 2] += OF_SIZE * np.log(size)
    return measures.astype(np.float32), Covariates(age, male, size)


def test_planted_effects_come_back_decoded_each_in_its_own_place():
    measures, people = planted()
    coder = Turned(5)
    effects = latent_effects(coder, encode_volumes(coder, measures), people, np.arange(len(people)), 0, 100)
    expected = np.diag([10 * PER_YEAR, OF_MEN, OF_SIZE * np.log(1.1)])
    decoded = np.stack([effect.decoded for effect in effects])
    np.testing.assert_allclose(decoded[:, :3], expected, atol=0.05)
    table = measures_table(effects, list("abcde"), measures.std(axis=0))
    assert table.groupby("covariate", sort=False)["measure"].first().tolist() == ["a", "b", "c"]
    real = table[table["measure"] == "a"].set_index("covariate")
    assert real.loc["age", "ci_low"] < 10 * PER_YEAR < real.loc["age", "ci_high"]
    assert real.loc["sex", "ci_low"] < 0 < real.loc["sex", "ci_high"]
    codes = codes_table(effects)
    assert len(codes) == 15
    assert (codes["ci_low"] <= codes["ci_high"]).all()


def test_volumes_are_decoded_as_volumes_and_have_no_interval():
    measures, people = planted(60)
    volumes = np.zeros((60, 3, 3, 3), np.float32)
    volumes[:, 1, 1, :] = measures[:, :3]
    coder = PcaCoder(volumes, volumes.std(axis=0) > 0, codes=3)
    age, sex, _ = latent_effects(coder, encode_volumes(coder, volumes), people, np.arange(60), 0, 20)
    assert age.decoded.shape == (3, 3, 3)
    assert age.decoded_low is None
    assert np.abs(age.decoded).argmax() == np.ravel_multi_index((1, 1, 0), (3, 3, 3))
    assert np.abs(sex.decoded).argmax() == np.ravel_multi_index((1, 1, 1), (3, 3, 3))


def test_a_network_that_cannot_decode_is_named():
    with pytest.raises(UserError, match="Linear: expected a model with a decoder"):
        check_decodes(nn.Linear(2, 2))
