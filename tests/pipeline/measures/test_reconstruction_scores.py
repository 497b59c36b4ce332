import numpy as np
import pytest

from brainaging.pipeline.measures.image_similarity import masked_mse
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.measures.reconstruction_scores import score_reconstructions
from brainaging.pipeline.stats.encodings import FoldEncoding


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
    encoded = encoding(volumes, mask, np.arange(12), np.arange(12, 24), 1000)
    scores = score_reconstructions(volumes, mask, [encoded])
    assert set(scores.mse) == {"autoencoder-5", "pca", "pca_flip", "mean_brain"}
    assert scores.components == {"pca": 11, "pca_flip": 23, "mean_brain": 0}


def test_the_baselines_never_see_a_test_subject(ball):
    volumes, mask = ball
    encoded = encoding(volumes, mask, np.arange(12), np.arange(12, 24), 5)
    spoiled = volumes.copy()
    spoiled[13:] *= 3
    one, other = (score_reconstructions(values, mask, [encoded]) for values in (volumes, spoiled))
    for name in ("pca", "pca_flip", "mean_brain", "pca_max"):
        assert other.mse[name][0] == pytest.approx(one.mse[name][0], rel=1e-6)
        assert other.ssim[name][0] == pytest.approx(one.ssim[name][0], rel=1e-6)


def test_folds_without_reconstructions_are_passed_over(ball):
    volumes, mask = ball
    z = np.zeros((12, 2))
    bare = FoldEncoding(np.arange(12), np.arange(12, 24), z, z, None, "a", 2)
    assert score_reconstructions(volumes, mask, [bare]) is None


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


def test_a_few_scans_at_a_time_score_as_all_at_once(ball, monkeypatch):
    volumes, mask = ball
    encoded = encoding(volumes, mask, np.arange(12), np.arange(12, 24), 5)
    whole = score_reconstructions(volumes, mask, [encoded])
    monkeypatch.setattr("brainaging.pipeline.measures.reconstruction_scores._ROOM", 5 * 4 * mask.size)
    parts = score_reconstructions(volumes, mask, [encoded])
    np.testing.assert_array_equal(parts.example_rows, whole.example_rows)
    for name in whole.mse:
        np.testing.assert_allclose(parts.mse[name], whole.mse[name], rtol=1e-5)
        np.testing.assert_allclose(parts.ssim[name], whole.ssim[name], rtol=1e-5)
        np.testing.assert_allclose(parts.examples[name], whole.examples[name], atol=1e-5)
