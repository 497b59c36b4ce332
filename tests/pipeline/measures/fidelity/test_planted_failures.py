"""Generators with a planted fault, and one without: the measures tell them apart."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.measures.fidelity import (
    coverage,
    distance_to_real,
    frechet_distance,
    memorisation,
    mmd,
    pair_similarity,
    pca_space,
    real_or_fake,
    spread_ratio,
    tissue_distances,
    tissue_volumes,
    variance_ratio,
)
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.stats.scores import auc, point
from brainaging.transforms import scale_head, template_mask, template_volume

GRID, SPACING = "t1w_32", 6.0


def brains(count: int, seed: int) -> np.ndarray:
    """Return brains of one population: the template with smooth differences and another size."""
    rng = np.random.default_rng(seed)
    base, mask = template_volume(GRID), template_mask(GRID)
    bumps = gaussian_filter(rng.normal(size=(count, *base.shape)), (0, 2, 2, 2)) * 1.5
    sizes = rng.normal(1, 0.03, count)
    out = [scale_head(np.clip(base + bump * mask, 0, None), size) for bump, size in zip(bumps, sizes, strict=True)]
    return np.stack(out).astype(np.float32)


@pytest.fixture(scope="module")
def real() -> dict[str, np.ndarray]:
    everyone = brains(240, 0)
    return {"train": everyone[:80], "fresh": everyone[80:160], "fake": everyone[160:]}


@pytest.fixture(scope="module")
def mask() -> np.ndarray:
    return template_mask(GRID)


@pytest.fixture(scope="module")
def features(real, mask):
    # fitted on other brains than those compared: components fitted on the training brains favour them
    space = pca_space(brains(60, 1), mask, 20)
    assert (space.name, space.codes) == ("pca", 20)
    return space, {name: space(volumes) for name, volumes in real.items()}


def distance(fake, features, measure=frechet_distance):
    return distance_to_real(measure, fake, features["train"], features["fresh"], np.random.default_rng(0))


def test_fresh_brains_pass_every_measure(real, features, mask):
    _, z = features
    measured = distance(z["fake"], z)
    assert measured.n == 80
    assert measured.floor_low <= measured.value <= measured.floor_high
    assert abs(mmd(z["fake"], z["fresh"])) < 0.01
    near = memorisation(z["fake"], z["train"], z["fresh"], np.random.default_rng(0))
    assert near.p > 0.01
    assert near.copies_low < 0.02
    assert 0.9 < near.distance_ratio < 1.1
    covered = coverage(z["fake"], z["fresh"])
    assert covered.precision > 0.8
    assert covered.recall > 0.8
    assert covered.coverage > 0.85
    assert 0.8 < variance_ratio(real["fake"], real["fresh"], mask) < 1.2
    sizes = [head_sizes(real[name], SPACING) for name in ("fake", "fresh")]
    assert 0.75 < spread_ratio(*sizes) < 1.3
    assert 0.3 < point(auc, real_or_fake(real["fresh"], real["fake"], mask, 0)) < 0.7


def test_a_generator_that_repeats_one_brain_is_caught(real, features, mask):
    space, z = features
    noise = np.random.default_rng(2).normal(size=real["fake"].shape).astype(np.float32)
    same = real["fake"][:1] + 1e-3 * noise
    assert distance(space(same), z).ratio > 3
    rng = np.random.default_rng(0)
    assert pair_similarity(same, mask, rng, 50).mean > pair_similarity(real["fresh"], mask, rng, 50).mean + 0.02
    assert variance_ratio(same, real["fresh"], mask) < 0.05
    assert coverage(space(same), z["fresh"]).coverage < 0.3
    assert spread_ratio(head_sizes(same, SPACING), head_sizes(real["fresh"], SPACING)) < 0.2


def test_a_generator_that_copies_training_scans_is_caught(real, features):
    space, z = features
    copies = real["train"] + np.random.default_rng(3).normal(size=real["train"].shape).astype(np.float32) * 1e-3
    # a copier fools everything but memorisation
    assert distance(space(copies), z).ratio < 1.2
    measured = memorisation(space(copies), z["train"], z["fresh"], np.random.default_rng(0))
    assert measured.nearer > 0.99 > measured.null_high
    assert measured.p < 0.002
    assert measured.copies_low > 0.9
    assert measured.distance_ratio < 0.1


def test_a_generator_of_brains_9_percent_too_small_is_caught(real, features):
    space, z = features
    small = np.stack([scale_head(volume, 0.914) for volume in real["fake"]])
    assert distance(space(small), z).ratio > 2
    assert np.median(head_sizes(small, SPACING)) < 0.85 * np.median(head_sizes(real["fresh"], SPACING))
    tissue = {name: tissue_volumes(volumes, GRID) for name, volumes in (("small", small), *real.items())}
    floor = tissue_distances(tissue["train"], tissue["fresh"])
    apart = tissue_distances(tissue["small"], tissue["fresh"])
    assert apart["grey"] + apart["white"] > 3 * (floor["grey"] + floor["white"])


def test_a_generator_with_shifted_intensities_is_caught(real, features, mask):
    space, z = features
    bright = real["fake"] * 1.15
    assert distance(space(bright), z).ratio > 1.5
    assert distance(space(bright), z, mmd).value > 0.01
    assert point(auc, real_or_fake(real["fresh"], bright, mask, 0)) > 0.9
