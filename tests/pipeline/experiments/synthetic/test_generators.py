"""The control makes brains of the same latents as the GAN, and only generators with two kinds intend a sex."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.experiments.synthetic import generators
from brainaging.pipeline.experiments.synthetic.generators import (
    CONTROL,
    GAN,
    LABELLED,
    ORIGINAL,
    SAMPLER,
    Brains,
    gan_learner,
    generated_brains,
)
from brainaging.pipeline.handlers import BEST, START
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
BUDGET = replace(BUDGETS["short"].synthetic, brains=6, baselines=False)


@pytest.fixture(scope="module")
def network() -> T1wGenerator:
    random = np.random.default_rng(0)
    brains = template_volume(GRID) * (1 + 0.1 * random.normal(size=(12, 1, 1, 1)))
    network = T1wGenerator(template_mask(GRID), latent_size=12, detail=3, hidden=4, lattice=4)
    kinds = (brains[:, 16, 16, 16] > np.median(brains[:, 16, 16, 16])).astype(int)
    noisy = brains + 0.02 * random.normal(size=(12, *GRID.shape))
    network.start_from(torch.from_numpy(noisy[:, None].astype(np.float32)), kinds=torch.from_numpy(kinds))
    return network


@pytest.fixture
def people() -> SimpleNamespace:
    return SimpleNamespace(
        parts=SimpleNamespace(generator=np.arange(4)),
        prepared=SimpleNamespace(grid=GRID),
        learned=SimpleNamespace(volumes=np.ones((4, *GRID.shape), np.float32)),
    )


def test_gan_and_control_differ_by_their_weights_alone(stand_in, network: T1wGenerator, people) -> None:
    learner = gan_learner(Path("bundle"), BUDGET, 12)
    assert learner.weights == (BEST, START)
    training = stand_in(None, np.empty(0), network)
    brains = generated_brains(training, learner, people, BUDGET)
    assert list(brains) == [GAN, CONTROL]
    np.testing.assert_array_equal(brains[GAN].volumes, brains[CONTROL].volumes)
    np.testing.assert_array_equal(training.rows[GAN, 0], people.parts.generator)
    assert set(brains[GAN].intended.tolist()) == {0, 1}
    np.testing.assert_array_equal(brains[GAN].intended, brains[CONTROL].intended)
    assert CONTROL not in LABELLED


def test_baseline_generators_intend_no_sex(
    stand_in, network: T1wGenerator, people, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    people.learned.volumes = random.normal(size=(4, *GRID.shape)).astype(np.float32)
    made = np.zeros((6, *GRID.shape), np.float32)
    monkeypatch.setattr(generators, "original_brains", lambda volumes, count, *rest: made[:count])
    training = stand_in(None, np.empty(0), network)
    learner, budget = gan_learner(Path("bundle"), BUDGET, 12), replace(BUDGET, baselines=True)
    brains = generated_brains(training, learner, people, budget)
    assert list(brains) == [GAN, CONTROL, SAMPLER, ORIGINAL]
    for name in (SAMPLER, ORIGINAL):
        assert len(brains[name].volumes) == BUDGET.brains
        assert (brains[name].intended == -1).all()
    np.testing.assert_array_equal(Brains.of_no_kind(made).intended, np.full(6, -1))
