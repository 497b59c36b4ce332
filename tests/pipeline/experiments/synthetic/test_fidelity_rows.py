"""One sheet a generator: a good one passes beside real brains, and every planted fault shows in its own row."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, zoom

from brainaging.pipeline.experiments.synthetic.fidelity_rows import Samples, fidelity_rows
from brainaging.pipeline.measures.fidelity import GaussianSampler, pca_space
from brainaging.pipeline.measures.fidelity.diversity import total_variances
from brainaging.pipeline.results.legacy import Result, read_results, write_results
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask(GRID)


def _brains(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    bumps = gaussian_filter(random.normal(size=(count, *GRID.shape)), (0, 2, 2, 2)) * 2
    return ((template_volume(GRID) * (1 + bumps)) * MASK).astype(np.float32)


@pytest.fixture(scope="module")
def real() -> dict[str, np.ndarray]:
    everyone = _brains(150, 0)
    return {"train": everyone[:50], "fresh": everyone[50:100], "fake": everyone[100:]}


def _rows(real: dict[str, np.ndarray], fake: np.ndarray) -> dict[tuple[str, str], Result]:
    samples = Samples(fake, real["train"], real["fresh"], MASK, GRID)
    rows = fidelity_rows("mine", samples, [pca_space(real["train"], MASK, 10)], "toy", 0)
    return {(row.features, row.metric): row for row in rows}


@pytest.fixture(scope="module")
def honest(real: dict[str, np.ndarray]) -> dict[tuple[str, str], Result]:
    return _rows(real, real["fake"])


def test_fresh_brains_of_the_same_kind_pass(honest: dict[tuple[str, str], Result]) -> None:
    assert honest["pca-10", "frechet_ratio"].value < 1.5
    assert honest["voxels", "variance_ratio"].value == pytest.approx(1, abs=0.1)
    assert honest["head_size", "mean_ratio"].value == pytest.approx(1, abs=0.01)
    similarity = honest["voxels", "pair_ssim"]
    assert similarity.value == pytest.approx(similarity.baseline_value, abs=0.02)
    assert all(honest[tissue, "wasserstein_ratio"].value < 2 for tissue in ("grey", "white", "ventricles"))
    chance = honest["voxels", "nearer_to_training_by_chance"]
    assert chance.ci_low <= honest["voxels", "nearer_to_training"].value <= chance.ci_high


def test_every_row_has_a_number_and_what_real_brains_give(honest, tmp_path) -> None:
    for row in honest.values():
        assert math.isfinite(row.value)
        assert math.isfinite(row.baseline_value)
        assert row.baseline
        assert row.ci_low <= row.ci_high
        # of distances the interval is over draws, as their mean is
        assert row.ci_low - 1e-9 <= row.value <= row.ci_high + 1e-9, row
    write_results(honest.values(), tmp_path / "results.csv")
    assert len(read_results(tmp_path / "results.csv")) == len(honest)


def test_copies_of_training_scans_are_counted(real: dict[str, np.ndarray]) -> None:
    rows = _rows(real, real["train"])
    assert rows["voxels", "copies"].value == 1
    assert rows["voxels", "nearer_to_training"].ci_low > rows["voxels", "nearer_to_training_by_chance"].ci_high


def test_smaller_heads_are_seen(real: dict[str, np.ndarray]) -> None:
    small = np.zeros_like(real["fake"])
    small[:, 1:30, 1:30, 1:30] = zoom(real["fake"], (1, 29 / 32, 29 / 32, 29 / 32), order=1)
    rows = _rows(real, small)
    assert rows["head_size", "mean_ratio"].value < 0.85
    assert rows["grey", "wasserstein_ratio"].value > 2
    assert rows["pca-10", "frechet_ratio"].value > 5


def test_a_weight_for_everyone_gives_the_plain_variance(real: dict[str, np.ndarray]) -> None:
    brains = real["fresh"]
    drawn = np.random.default_rng(0).integers(len(brains), size=len(brains))
    weights = np.stack([np.ones(len(brains)), np.bincount(drawn, minlength=len(brains))])
    found = total_variances(brains, MASK, weights)
    for sample, value in zip((brains, brains[drawn]), found, strict=True):
        np.testing.assert_allclose(value, sample[:, MASK].var(axis=0, ddof=1).sum(), rtol=1e-5)


def test_one_brain_repeated_is_seen(real: dict[str, np.ndarray]) -> None:
    rows = _rows(real, np.repeat(real["fake"][:1], 50, axis=0) + 1e-4 * real["fake"])
    assert rows["voxels", "variance_ratio"].value < 0.01
    assert rows["voxels", "pair_ssim"].value > rows["voxels", "pair_ssim"].baseline_value + 0.02


def test_normal_scores_keep_mean_and_covariance(real: dict[str, np.ndarray]) -> None:
    made = GaussianSampler.fit(real["train"], MASK, 10).sample(400, seed=0)
    space = pca_space(real["train"], MASK, 10)
    one, other = space(made), space(real["train"])
    np.testing.assert_allclose(one.std(0), other.std(0), rtol=0.15)
    assert np.abs(one.mean(0)).max() < 0.2 * other.std(0).max()
    assert not np.array_equal(made[:5], GaussianSampler.fit(real["train"], MASK, 10).sample(5, seed=1))
