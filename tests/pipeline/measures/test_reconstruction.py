import numpy as np
import pytest
import torch
from monai.metrics import SSIMMetric

from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.measures.reconstruction import (
    intensity_range,
    masked_mse,
    masked_ssim,
    score_reconstructions,
)
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.encodings import FoldEncoding


@pytest.fixture
def ball():
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 12)] * 3, indexing="ij"))
    mask = (grid**2).sum(axis=0) < 0.7
    maps = rng.normal(size=(20, 12, 12, 12))
    volumes = np.tensordot(rng.normal(size=(24, 20)) * np.linspace(2, 0.1, 20), maps, 1) * 0.1 + 1
    return (volumes * mask).astype(np.float32), mask


def test_mse_of_a_known_error_counts_the_brain_only(ball):
    volumes, mask = ball
    other = volumes + 0.5
    other[:, ~mask] = 99
    np.testing.assert_allclose(masked_mse(volumes, other, mask), 0.25, rtol=1e-5)


def test_ssim_is_one_for_the_same_and_falls_with_noise(ball):
    volumes, mask = ball
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(masked_ssim(volumes, volumes, mask, 1.0), 1.0, atol=1e-5)
    noise = rng.normal(size=volumes.shape).astype(np.float32)
    little, much = (masked_ssim(volumes, volumes + s * noise, mask, 1.0) for s in (0.1, 0.4))
    assert (much < little).all()
    assert (little < 0.999).all()


def test_ssim_of_constants_is_its_luminance_term():
    # away from the edge every window sees constants: only the luminance term is left
    mask = np.ones((21, 21, 21), dtype=bool)
    one, other = (np.full((1, 21, 21, 21), level, np.float32) for level in (0.6, 0.4))
    expected = (2 * 0.6 * 0.4 + 1e-4) / (0.6**2 + 0.4**2 + 1e-4)
    assert masked_ssim(one, other, mask, 1.0)[0] == pytest.approx(expected, abs=0.05)


def test_ssim_with_a_full_mask_equals_monais_own_on_padded_volumes():
    rng = np.random.default_rng(0)
    one, other = (rng.random((2, 11, 11, 11)).astype(np.float32) for _ in range(2))
    metric = SSIMMetric(3, data_range=1.0, win_size=7, kernel_sigma=1.5, reduction="none")
    whole = np.ones((11, 11, 11), dtype=bool)
    found = masked_ssim(one, other, whole, 1.0)
    padded = [torch.nn.functional.pad(torch.from_numpy(v)[:, None], [3] * 6) for v in (other, one)]
    np.testing.assert_allclose(found, metric(*padded).numpy()[:, 0], rtol=1e-5)


def test_what_lies_outside_the_mask_does_not_count(ball):
    volumes, mask = ball
    other = volumes * 0.9
    spoiled = np.where(mask, other, 7.0).astype(np.float32)
    np.testing.assert_array_equal(masked_ssim(volumes, other, mask, 1.0), masked_ssim(volumes, spoiled, mask, 1.0))


def encoding(volumes, mask, train, test, size, name="autoencoder-5"):
    pca = PcaBaseline.fit(volumes[train], mask)
    return FoldEncoding(
        train, test, pca.encode(volumes[train], size), pca.encode(volumes[test], size),
        pca.reconstruct(volumes[test], size), name, size,
    )  # fmt: skip


def test_a_pca_posing_as_autoencoder_ties_with_pca_and_loses_to_more_components(ball):
    volumes, mask = ball
    folds = [(np.arange(12), np.arange(12, 24)), (np.arange(12, 24), np.arange(12))]
    scores = score_reconstructions(volumes, mask, [encoding(volumes, mask, a, b, 5) for a, b in folds])
    assert set(scores.mse) == {"autoencoder-5", "pca", "pca_flip", "pca_max", "pca_flip_max", "mean_brain"}
    np.testing.assert_allclose(scores.mse["autoencoder-5"], scores.mse["pca"], rtol=1e-4)
    assert scores.mse["pca_max"].mean() < scores.mse["pca"].mean() < scores.mse["mean_brain"].mean()
    assert scores.ssim["pca_max"].mean() > scores.ssim["pca"].mean() > scores.ssim["mean_brain"].mean()
    assert scores.components == {"pca": 5, "pca_flip": 5, "pca_max": 11, "pca_flip_max": 23, "mean_brain": 0}
    np.testing.assert_array_equal(scores.index, np.r_[np.arange(12, 24), np.arange(12)])
    shown = scores.mse["autoencoder-5"][scores.example_rows]
    np.testing.assert_allclose(
        masked_mse(scores.examples["original"], scores.examples["autoencoder-5"], mask), shown, rtol=1e-6
    )


def test_a_code_larger_than_the_cohort_is_compared_with_what_the_cohort_allows(ball):
    volumes, mask = ball
    made = encoding(volumes, mask, np.arange(12), np.arange(12, 24), 1000)
    scores = score_reconstructions(volumes, mask, [made])
    assert set(scores.mse) == {"autoencoder-5", "pca", "pca_flip", "mean_brain"}
    assert scores.components == {"pca": 11, "pca_flip": 23, "mean_brain": 0}


def test_the_baselines_never_see_a_test_subject(ball):
    volumes, mask = ball
    made = encoding(volumes, mask, np.arange(12), np.arange(12, 24), 5)
    spoiled = volumes.copy()
    spoiled[13:] *= 3
    one, other = (score_reconstructions(values, mask, [made]) for values in (volumes, spoiled))
    for name in ("pca", "pca_flip", "mean_brain", "pca_max"):
        assert other.mse[name][0] == pytest.approx(one.mse[name][0], rel=1e-6)
        assert other.ssim[name][0] == pytest.approx(one.ssim[name][0], rel=1e-6)


def test_folds_without_reconstructions_are_passed_over(ball):
    volumes, mask = ball
    z = np.zeros((12, 2))
    bare = FoldEncoding(np.arange(12), np.arange(12, 24), z, z, None, "a", 2)
    assert score_reconstructions(volumes, mask, [bare]) is None


def test_bad_shapes_empty_masks_and_flat_scans_are_named(ball):
    volumes, mask = ball
    with pytest.raises(UserError, match="expected shape"):
        masked_mse(volumes, volumes[1:], mask)
    with pytest.raises(UserError, match="mask: expected shape"):
        masked_mse(volumes, volumes, mask[1:])
    with pytest.raises(UserError, match="found none"):
        masked_mse(volumes, volumes, np.zeros_like(mask))
    with pytest.raises(UserError, match="positive intensity range, found 0"):
        masked_ssim(volumes, volumes, mask, intensity_range(np.ones_like(volumes), mask))


def test_baselines_are_fitted_on_the_subjects_that_fitted_the_weights() -> None:
    rng = np.random.default_rng(3)
    volumes = rng.normal(size=(24, 6, 6, 6)).astype(np.float32)
    mask = np.ones((6, 6, 6), bool)
    z = np.zeros((12, 2), np.float32)
    train, test, fit = np.arange(12), np.arange(12, 24), np.arange(8)
    encoding = FoldEncoding(train, test, z, z, volumes[test], "a", 2, fit)
    scores = score_reconstructions(volumes, mask, [encoding])
    changed = volumes.copy()
    changed[8:12] += 5.0  # the subjects that chose the epoch: no baseline may see them
    assert scores is not None
    assert scores.components["pca_max"] == 7
    again = score_reconstructions(changed, mask, [encoding])
    assert again is not None
    for name, values in scores.mse.items():
        np.testing.assert_array_equal(values, again.mse[name])
