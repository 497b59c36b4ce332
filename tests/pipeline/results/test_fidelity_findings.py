"""One table a generator: a good one passes beside real brains, every planted fault shows in its own finding."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter, zoom

from brainaging.pipeline.measures.fidelity import GaussianSampler, pca_space
from brainaging.pipeline.measures.fidelity.diversity import total_variances
from brainaging.pipeline.results import Distance, Finding, read_results, to_frame, write_results
from brainaging.pipeline.results import fidelity_findings as module
from brainaging.pipeline.results.fidelity_findings import RealBrains, fidelity_findings
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask(GRID)


@pytest.fixture(scope="module", autouse=True)
def few_pairs() -> Iterator[None]:
    """Half a hundred brains have not many pairs to tell apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAIRS", 60)
        yield


def _brains(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    bumps = gaussian_filter(random.normal(size=(count, *GRID.shape)), (0, 2, 2, 2)) * 2
    return ((template_volume(GRID) * (1 + bumps)) * MASK).astype(np.float32)


@pytest.fixture(scope="module")
def real() -> dict[str, np.ndarray]:
    everyone = _brains(150, 0)
    return {"train": everyone[:50], "fresh": everyone[50:100], "fake": everyone[100:]}


@pytest.fixture(scope="module")
def beside(real: dict[str, np.ndarray]) -> RealBrains:
    return RealBrains(real["train"], real["fresh"], MASK, GRID, [pca_space(real["train"], MASK, 10)])


def _measured(beside: RealBrains, fake: np.ndarray) -> dict[tuple[str, str], Finding]:
    findings = fidelity_findings("gan", fake, beside, "toy", 0)
    return {(finding.features, finding.metric): finding for finding in findings}


@pytest.fixture(scope="module")
def honest(real: dict[str, np.ndarray], beside: RealBrains) -> dict[tuple[str, str], Finding]:
    return _measured(beside, real["fake"])


def test_fresh_brains_of_the_same_kind_pass(honest: dict[tuple[str, str], Finding]) -> None:
    assert honest["pca", "frechet"].codes == 10
    assert honest["pca", "frechet"].ratio < 1.5
    assert honest["voxels", "variance_ratio"].value == pytest.approx(1, abs=0.1)
    assert honest["head_size", "mean_ratio"].value == pytest.approx(1, abs=0.01)
    similarity = honest["voxels", "pair_ssim"]
    assert similarity.value == pytest.approx(similarity.baseline_value, abs=0.02)
    assert all(honest[tissue, "wasserstein_ml"].ratio < 2 for tissue in ("grey", "white", "ventricles"))
    nearer = honest["voxels", "nearer_to_training"]
    assert nearer.ci_low <= nearer.baseline_value <= nearer.ci_high


def test_every_finding_has_a_number_and_what_real_brains_give(honest, tmp_path) -> None:
    for finding in honest.values():
        assert math.isfinite(finding.value)
        assert math.isfinite(finding.baseline_value)
        assert finding.baseline
        if not isinstance(finding, Distance):
            assert finding.ci_low - 1e-9 <= finding.value <= finding.ci_high + 1e-9, finding
        else:
            # as many brains as fresh scans are taken whole: there is nothing to draw
            assert not finding.has_interval
            assert finding.baseline_low <= finding.baseline_value <= finding.baseline_high
    written = write_results(honest.values(), tmp_path / "results.csv")
    pd.testing.assert_frame_equal(to_frame(read_results(tmp_path / "results.csv")), to_frame(written))


def test_real_brains_give_the_same_beside_every_generator(real, beside: RealBrains, honest) -> None:
    backwards = _measured(beside, real["fake"][::-1].copy())
    for key, finding in honest.items():
        assert backwards[key].baseline_value == finding.baseline_value


def test_copies_of_training_scans_are_counted(real: dict[str, np.ndarray], beside: RealBrains) -> None:
    measured = _measured(beside, real["train"])
    assert measured["voxels", "copies"].value == 1
    assert measured["voxels", "copies_of_fresh"].value < 0.5
    nearer = measured["voxels", "nearer_to_training"]
    assert nearer.ci_low > 0.9 > nearer.baseline_value


def test_smaller_heads_are_seen(real: dict[str, np.ndarray], beside: RealBrains) -> None:
    small = np.zeros_like(real["fake"])
    small[:, 1:30, 1:30, 1:30] = zoom(real["fake"], (1, 29 / 32, 29 / 32, 29 / 32), order=1)
    measured = _measured(beside, small)
    assert measured["head_size", "mean_ratio"].value < 0.85
    assert measured["grey", "wasserstein_ml"].ratio > 2
    assert measured["pca", "frechet"].ratio > 5


def test_a_weight_for_everyone_gives_the_plain_variance(real: dict[str, np.ndarray]) -> None:
    brains = real["fresh"]
    drawn = np.random.default_rng(0).integers(len(brains), size=len(brains))
    weights = np.stack([np.ones(len(brains)), np.bincount(drawn, minlength=len(brains))])
    found = total_variances(brains, MASK, weights)
    for sample, value in zip((brains, brains[drawn]), found, strict=True):
        np.testing.assert_allclose(value, sample[:, MASK].var(axis=0, ddof=1).sum(), rtol=1e-5)


def test_one_brain_repeated_is_seen(real: dict[str, np.ndarray], beside: RealBrains) -> None:
    measured = _measured(beside, np.repeat(real["fake"][:1], 50, axis=0) + 1e-4 * real["fake"])
    assert measured["voxels", "variance_ratio"].value < 0.01
    similarity = measured["voxels", "pair_ssim"]
    assert similarity.value > similarity.baseline_value + 0.02


def test_normal_scores_keep_mean_and_covariance(real: dict[str, np.ndarray]) -> None:
    made = GaussianSampler.fit(real["train"], MASK, 10).sample(400, seed=0)
    space = pca_space(real["train"], MASK, 10)
    one, other = space(made), space(real["train"])
    np.testing.assert_allclose(one.std(0), other.std(0), rtol=0.15)
    assert np.abs(one.mean(0)).max() < 0.2 * other.std(0).max()
    assert not np.array_equal(made[:5], GaussianSampler.fit(real["train"], MASK, 10).sample(5, seed=1))


def test_brains_that_vary_too_little_are_near_to_people_who_taught_nothing_too(
    real: dict[str, np.ndarray], beside: RealBrains
) -> None:
    mean = real["train"].mean(axis=0)
    measured = _measured(beside, mean + 0.5 * (real["fake"] - mean))
    assert measured["voxels", "copies"].value > 0.5
    assert measured["voxels", "copies_of_fresh"].value > 0.5
