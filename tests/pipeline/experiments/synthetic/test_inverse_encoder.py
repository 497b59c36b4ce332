"""An encoder of a fitted generator: errors of latents, reconstructions, and scans generated anew."""

from pathlib import Path

import numpy as np
import pytest
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.experiments.synthetic.generators import gan_learner
from brainaging.pipeline.experiments.synthetic.inverse_encoder import (
    DRAWN,
    ENCODER,
    OPTIMISED,
    OWN,
    PCA,
    autoencoded,
    encoder_learner,
    latent_errors,
    reconstructions,
    regenerated,
    trained_encoder,
)
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask(GRID)


@pytest.fixture(scope="module")
def scans() -> np.ndarray:
    random = np.random.default_rng(0)
    bright = 1 + 0.05 * random.normal(size=(12, 1, 1, 1))
    return (template_volume(GRID) * bright + 0.02 * MASK * random.normal(size=(12, *GRID.shape))).astype(
        np.float32
    )


@pytest.fixture(scope="module")
def encoder(scans: np.ndarray) -> T1wLatentEncoder:
    encoder = T1wLatentEncoder(MASK, latent_size=10, detail=4, hidden=4, lattice=4, steps=1)
    encoder.generator.start_from(torch.from_numpy(scans[:8, None]))
    encoder.generator.fit_detail(torch.from_numpy(scans[:8, None]))
    return encoder


def test_latents_of_generated_brains_are_sought(encoder: T1wLatentEncoder) -> None:
    errors, spread = latent_errors(encoder, seed=3, count=6)
    assert errors.shape == spread.shape == (6, 10)
    np.testing.assert_array_equal(latent_errors(encoder, 3, 6)[0], errors)
    assert not np.array_equal(latent_errors(encoder, 4, 6)[0], errors)
    assert np.isfinite(errors).all()


def test_no_step_of_descent_leaves_the_encoders_answer(encoder: T1wLatentEncoder, scans: np.ndarray) -> None:
    methods, latents = reconstructions(encoder, scans[:8], scans[8:], MASK, steps=0)
    assert list(methods) == [ENCODER, OPTIMISED, PCA]
    np.testing.assert_allclose(methods[OPTIMISED].volumes, methods[ENCODER].volumes, atol=1e-6)
    assert latents.shape == (4, 10)
    # seven components are all that eight scans span
    assert (methods[ENCODER].codes, methods[PCA].codes) == (10, 7)


def test_own_detail_brings_scans_nearer_and_drawn_detail_is_nobodys(
    encoder: T1wLatentEncoder, scans: np.ndarray
) -> None:
    learned = scans[:8]
    z = encoder.encode(torch.from_numpy(learned[:, None])).detach().numpy()
    generated = regenerated(encoder, learned, z, seed=0)
    own, drawn = (np.square(generated[name] - learned)[:, MASK].mean() for name in (OWN, DRAWN))
    assert own < drawn
    np.testing.assert_array_equal(regenerated(encoder, learned, z, seed=0)[DRAWN], generated[DRAWN])


def test_the_encoder_learns_from_its_rows_for_its_generator(stand_in, encoder: T1wLatentEncoder) -> None:
    training, budget = stand_in(None, np.empty(0), encoder), BUDGETS["short"].synthetic
    gan = gan_learner(Path("gan"), budget, 10)
    learner = encoder_learner(Path("bundle"), training, gan, budget, 10)
    assert Path(learner.overrides["generator"]) == training.folder(gan) / "best.pt"
    assert trained_encoder(training, learner, np.arange(5)) is encoder
    np.testing.assert_array_equal(training.rows["latent_encoder", 0], np.arange(5))


def test_an_autoencoder_stands_beside_by_its_codes(encoder: T1wLatentEncoder, scans: np.ndarray) -> None:
    beside = autoencoded(encoder.generator, scans[8:], 10)
    assert (beside.volumes.shape, beside.codes) == (scans[8:].shape, 10)
