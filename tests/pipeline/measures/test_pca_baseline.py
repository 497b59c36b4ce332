import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from brainaging.pipeline.measures.pca_baseline import PcaBaseline, PcaCoder
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def brains():
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(30, 8, 7, 6))
    volumes = np.tensordot(rng.normal(size=(25, 30)) * np.linspace(3, 0.1, 30), maps, 1) + 4
    mask = np.zeros((8, 7, 6), dtype=bool)
    mask[1:6, 1:6, 1:5] = True
    return volumes, mask


@pytest.mark.parametrize("components", [1, 5, 17])
def test_it_equals_scikit_learns_pca(brains, components):
    volumes, mask = brains
    train, test = volumes[:18], volumes[18:]
    theirs = PCA(components).fit(train[:, mask])
    ours = PcaBaseline.fit(train, mask)
    expected = theirs.inverse_transform(theirs.transform(test[:, mask]))
    np.testing.assert_allclose(ours.reconstruct(test, components)[:, mask], expected, atol=1e-8)
    np.testing.assert_allclose(ours.variance[:components], theirs.explained_variance_, rtol=1e-8)
    np.testing.assert_allclose(
        np.abs(ours.encode(test, components)), np.abs(theirs.transform(test[:, mask])), atol=1e-8
    )


def test_with_flips_it_equals_scikit_learns_pca_on_doubled_data(brains):
    volumes, mask = brains
    mask = mask | mask[::-1]
    train, test = volumes[:18], volumes[18:]
    theirs = PCA(9).fit(np.concatenate([train, train[:, ::-1]])[:, mask])
    expected = theirs.inverse_transform(theirs.transform(test[:, mask]))
    reconstructed = PcaBaseline.fit(train, mask, flips=True).reconstruct(test, 9)
    np.testing.assert_allclose(reconstructed[:, mask], expected, atol=1e-8)


def test_with_flips_the_mirror_image_is_reconstructed_as_the_mirror_image(brains):
    volumes, mask = brains
    pca = PcaBaseline.fit(volumes[:18], mask, flips=True)
    assert pca.max_components == 35
    for components in (0, 4, 20, None):
        reconstructed = pca.reconstruct(volumes[18:], components)
        mirrored = pca.reconstruct(volumes[18:, ::-1], components)
        np.testing.assert_allclose(mirrored, reconstructed[:, ::-1], atol=1e-8)
    without = PcaBaseline.fit(volumes[:18], mask)
    reconstructed = without.reconstruct(volumes[18:], 4)
    assert np.abs(without.reconstruct(volumes[18:, ::-1], 4) - reconstructed[:, ::-1]).max() > 0.1


def test_all_components_return_the_training_volumes_and_none_the_mean(brains):
    volumes, mask = brains
    pca = PcaBaseline.fit(volumes[:18], mask)
    assert pca.max_components == 17
    reconstructed = pca.reconstruct(volumes[:18])
    np.testing.assert_allclose(reconstructed[:, mask], volumes[:18][:, mask], atol=1e-8)
    assert not reconstructed[:, ~mask].any()
    np.testing.assert_allclose(pca.reconstruct(volumes[:1], 0)[0, mask], volumes[:18, mask].mean(0))
    np.testing.assert_array_equal(pca.reconstruct(volumes[:1], 999), pca.reconstruct(volumes[:1]))


def test_single_precision_is_enough(brains):
    volumes, mask = brains
    exact = PcaBaseline.fit(volumes[:18], mask).reconstruct(volumes[18:], 10)
    reconstructed = PcaBaseline.fit(volumes[:18].astype(np.float32), mask).reconstruct(
        volumes[18:].astype(np.float32), 10
    )
    assert reconstructed.dtype == np.float32
    np.testing.assert_allclose(reconstructed, exact, atol=1e-4)


def test_copies_of_one_volume_have_no_component():
    pca = PcaBaseline.fit(np.ones((4, 3, 3, 3)), np.ones((3, 3, 3), dtype=bool))
    assert pca.max_components == 0
    np.testing.assert_array_equal(pca.reconstruct(np.zeros((1, 3, 3, 3))), np.ones((1, 3, 3, 3)))


def test_too_few_volumes_or_another_mask_are_named(brains):
    volumes, mask = brains
    with pytest.raises(UserError, match="at least 2 training volumes, found 1"):
        PcaBaseline.fit(volumes[:1], mask)
    with pytest.raises(UserError, match=r"expected shape \(8, 7, 6\), found \(7, 7, 6\)"):
        PcaBaseline.fit(volumes, mask[1:])


def test_the_coder_is_the_baseline_behind_a_network_s_interface(brains):
    volumes, mask = brains[0].astype(np.float32), brains[1]
    pca, coder = PcaBaseline.fit(volumes[:18], mask), PcaCoder(volumes[:18], mask, codes=6)
    latents = coder.encode(torch.from_numpy(volumes[18:, None]))
    np.testing.assert_allclose(latents, pca.encode(volumes[18:], 6), atol=1e-4)
    decoded = coder.decode(latents)
    assert decoded.shape == (7, 1, 8, 7, 6)
    np.testing.assert_allclose(decoded[:, 0], pca.reconstruct(volumes[18:], 6), atol=1e-4)


def test_no_more_components_are_kept_than_were_wanted(brains):
    volumes, mask = brains
    few = PcaBaseline.fit(volumes[:18], mask, components=4)
    assert few.max_components == 4
    np.testing.assert_allclose(
        few.encode(volumes), PcaBaseline.fit(volumes[:18], mask).encode(volumes, 4), atol=1e-8
    )


@pytest.mark.parametrize("columns", [10_000, 10], ids=["exact", "sketched"])
@pytest.mark.parametrize("flips", [False, True])
def test_of_many_volumes_it_reads_blocks_and_finds_the_same_components(flips, columns, monkeypatch):
    rng = np.random.default_rng(3)
    maps = rng.normal(size=(5, 8, 7, 6))
    volumes = (np.tensordot(rng.normal(size=(90, 5)) * np.linspace(3, 1, 5), maps, 1) + 4).astype(np.float32)
    mask = rng.random((8, 7, 6)) < 0.6
    among, test = rng.permutation(90)[:70], volumes[:9]
    few = PcaBaseline.fit(volumes[among], mask, flips=flips)
    monkeypatch.setattr("brainaging.pipeline.measures.pca_baseline.MOST_ROWS", 60)
    monkeypatch.setattr("brainaging.networks.linear.leading_space.MOST_ROWS", columns)
    monkeypatch.setattr("brainaging.networks.linear.row_blocks.BLOCK_BYTES", 10_000)
    many = PcaBaseline.fit(volumes, mask, flips=flips, among=among)
    assert many.components.dtype == np.float32
    assert many.max_components <= few.max_components
    used = 10 if flips else 5
    np.testing.assert_allclose(many.variance[:used], few.variance[:used], rtol=1e-4)
    np.testing.assert_allclose(many.reconstruct(test, used), few.reconstruct(test, used), atol=1e-4)
    np.testing.assert_allclose(many.encode(volumes, used)[:9], many.encode(test, used), atol=1e-9)
    if flips:
        np.testing.assert_allclose(
            many.reconstruct(test[:, ::-1], used), many.reconstruct(test, used)[:, ::-1], atol=1e-4
        )
    alike = PcaBaseline.fit(np.ones_like(volumes), mask, flips=flips)
    assert alike.max_components == 0
    np.testing.assert_array_equal(alike.reconstruct(test, 0)[:, mask], 1)
