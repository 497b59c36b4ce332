"""The autoencoder is PCA before its first step, and can do what PCA cannot."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from brainaging.networks import T1wAutoencoder
from brainaging.networks.lattice_detail import local_detail

SHAPE = (14, 16, 12)


def _mask() -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[2:-2, 3:-3, 2:-2] = True
    return mask


def _volumes(n: int = 12, seed: int = 0) -> Tensor:
    values = torch.rand(n, 1, *SHAPE, generator=torch.Generator().manual_seed(seed))
    return values * torch.as_tensor(_mask())


def _started(latent_size: int = 6, flip: bool = True, **sizes: int) -> T1wAutoencoder:
    network = T1wAutoencoder(_mask(), latent_size, **{"components": 10, "hidden": 8, "lattice": 4, **sizes})
    network.start_from(_volumes(), flip=flip)
    return network.eval()


@pytest.mark.parametrize("flip", [True, False])
def test_before_its_first_step_it_is_pca(flip: bool) -> None:
    mask, train, test = _mask(), _volumes(), _volumes(4, seed=1)
    network = _started(flip=flip)
    inside = train[:, 0, mask].double()
    if flip:
        inside = torch.cat([inside, train.flip(2)[:, 0, mask].double()])
    pca = PCA(6, svd_solver="full").fit(inside.numpy())
    scores = pca.transform(test[:, 0, mask].double().numpy())
    expected = pca.inverse_transform(scores)
    with torch.no_grad():
        latents, reconstructed = network.encode(test), network(test)
    np.testing.assert_allclose(reconstructed[:, 0, mask], expected, atol=2e-5)
    np.testing.assert_allclose(latents.abs().numpy(), np.abs(scores), atol=2e-5)
    outside = reconstructed[:, 0, ~mask]
    np.testing.assert_allclose(outside, torch.zeros_like(outside), atol=2e-5)


def test_shapes() -> None:
    network = _started()
    volumes = _volumes(3)
    with torch.no_grad():
        latents = network.encode(volumes)
        assert latents.shape == (3, 6)
        assert network.decode(latents).shape == network(volumes).shape == (3, 1, *SHAPE)
        assert network.displacement(latents).shape == (3, 3, *SHAPE)


def test_more_components_than_scans_stay_zero() -> None:
    network = T1wAutoencoder(_mask(), 40, 50, hidden=4, lattice=3)
    assert network.start_from(_volumes(5)) == 9
    assert torch.count_nonzero(network.components[9:]) == 0
    with torch.no_grad():
        assert torch.count_nonzero(network.encode(_volumes(2))[:, 9:]) == 0


def test_starting_again_forgets_the_first_start() -> None:
    network, fresh = (T1wAutoencoder(_mask(), 6, 10, hidden=4, lattice=3) for _ in range(2))
    network.start_from(_volumes(12, seed=5))
    for each in (network, fresh):
        each.start_from(_volumes(4))
    assert torch.equal(network.components, fresh.components)
    assert torch.equal(network.unit, fresh.unit)


def _trained_a_little(network: T1wAutoencoder) -> T1wAutoencoder:
    random = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weights in network.parameters():
            weights.add_(0.1 * torch.randn(weights.shape, generator=random))
    return network


def test_voxels_outside_the_mask_do_not_reach_the_code() -> None:
    network, volumes = _trained_a_little(_started()), _volumes(3)
    noisy = torch.where(torch.as_tensor(_mask()), volumes, torch.randn(volumes.shape))
    with torch.no_grad():
        assert torch.equal(network.encode(volumes), network.encode(noisy))


def test_components_and_mean_are_not_trained() -> None:
    names = {name.split(".")[0] for name, _ in _started().named_parameters()}
    assert names == {"refine", "deform"}


def _blob(shift: Tensor) -> Tensor:
    """Return smooth brains ``(n, 1, X, Y, Z)``, moved along y by ``shift`` voxels."""
    axes = torch.meshgrid(*(torch.arange(size, dtype=torch.float32) for size in SHAPE), indexing="ij")
    volumes = []
    for offset in shift:
        radius2 = (axes[0] - 6.5) ** 2 + (axes[1] - 7.5 - offset) ** 2 + (axes[2] - 5.5) ** 2
        volumes.append(torch.sigmoid(2 * (9 - radius2)))
    return torch.stack(volumes)[:, None]


def test_it_learns_a_translation_that_a_linear_code_cannot_hold() -> None:
    torch.manual_seed(0)
    volumes = _blob(torch.linspace(-1.2, 1.2, 9))
    network = T1wAutoencoder(np.ones(SHAPE, dtype=bool), latent_size=1, components=4, hidden=16, lattice=4)
    network.start_from(volumes, flip=False)
    with torch.no_grad():
        linear = nn.functional.mse_loss(network(volumes), volumes).item()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(150):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(network(volumes), volumes)
        loss.backward()
        optimizer.step()
    # What is left is the blur of the mean brain, which no displacement sharpens.
    assert loss.item() < 0.6 * linear


def test_torchscript_gives_the_same(tmp_path) -> None:
    network, volumes = _trained_a_little(_started()), _volumes(3)
    torch.jit.script(network).save(tmp_path / "network.ts")
    scripted = torch.jit.load(tmp_path / "network.ts")
    with torch.no_grad():
        for name in ("forward", "encode"):
            torch.testing.assert_close(getattr(scripted, name)(volumes), getattr(network, name)(volumes))
        latents = network.encode(volumes)
        torch.testing.assert_close(scripted.decode(latents), network.decode(latents))


@pytest.mark.parametrize("name", ["latent_size", "components", "hidden", "lattice"])
def test_sizes_must_be_positive(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}=0"):
        T1wAutoencoder(_mask(), **{"latent_size": 3, "components": 3, "hidden": 2, "lattice": 2, name: 0})


@pytest.mark.parametrize("mask", [np.ones((4, 4), dtype=bool), np.zeros((4, 4, 4), dtype=bool)])
def test_masks_must_be_volumes_with_something_in_them(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"three-dimensional and not empty, got shape \(4, 4"):
        T1wAutoencoder(mask, 2, 2, hidden=2, lattice=2)


def test_starts_from_volumes_on_its_own_grid_only() -> None:
    network = T1wAutoencoder(_mask(), 2, 2, hidden=2, lattice=2)
    with pytest.raises(ValueError, match=r"\(n, 1, 14, 16, 12\), got \(5, 1, 12, 16, 14\)"):
        network.start_from(torch.rand(5, 1, 12, 16, 14))
    with pytest.raises(ValueError, match="all alike"):
        network.start_from(torch.ones(5, 1, *SHAPE))


def test_on_a_fine_grid_it_is_components_of_a_lattice_and_their_detail(monkeypatch) -> None:
    monkeypatch.setattr(local_detail, "DENSE", 12)
    network = T1wAutoencoder(np.ones((16, 16, 16), dtype=bool), 6, 10, hidden=4, lattice=3)
    volumes = torch.rand(12, 1, 16, 16, 16, generator=torch.Generator().manual_seed(0))
    network.start_from(volumes)
    assert network.components.shape == (10, 8 * 8 * 8)
    coarse = torch.nn.functional.avg_pool3d(volumes, 2).flatten(1).double()
    both = torch.cat([coarse, torch.nn.functional.avg_pool3d(volumes.flip(2), 2).flatten(1).double()])
    expected = PCA(6, svd_solver="full").fit(both.numpy()).transform(coarse.numpy())
    with torch.no_grad():
        np.testing.assert_allclose(network.encode(volumes).abs(), np.abs(expected), atol=1e-4)
        assert network(volumes).shape == volumes.shape
    torch.testing.assert_close(torch.jit.script(network.eval())(volumes), network(volumes))
