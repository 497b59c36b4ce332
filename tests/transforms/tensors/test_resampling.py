"""Torch resamples as NumPy does, on any device, and labels by the nearest voxel."""

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform

from brainaging.transforms import resample
from brainaging.transforms.tensors.resampling import resample_channels, resample_nearest, resample_tensor

SHAPE = (20, 24, 18)
TARGET, OUT = np.diag([4.0, 4.0, 4.0, 1.0]), (11, 13, 9)


def oblique(degrees: float, spacing: tuple[float, float, float]) -> np.ndarray:
    a = np.deg2rad(degrees)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = (1.5, -2.0, 0.7)
    return affine


AFFINES = {
    "finer": np.diag([1.9, 1.9, 1.9, 1.0]),
    "flipped and turned over": np.array([[0, -2.0, 0, 46.4], [2.0, 0, 0, -3.1], [0, 0, -2.6, 40], [0, 0, 0, 1]]),
    "coarser": np.diag([6.0, 5.0, 7.0, 1.0]),
    "oblique": oblique(17, (2.0, 2.0, 2.0)),
    "oblique and thick": oblique(-9, (1.0, 1.2, 5.0)),
}


@pytest.fixture
def volume() -> np.ndarray:
    return np.random.default_rng(0).random(SHAPE, np.float32)


@pytest.mark.parametrize("affine", AFFINES.values(), ids=list(AFFINES))
def test_torch_gives_what_numpy_gives(volume, affine) -> None:
    expected = resample(volume, affine, TARGET, OUT)
    image = torch.from_numpy(np.stack([volume, 1 - volume]))
    found = resample_tensor(image, affine, TARGET, OUT)
    assert found.shape == (2, *OUT)
    np.testing.assert_allclose(found[0], expected, atol=2e-5)
    exact = resample_channels(image, affine, TARGET, OUT)
    np.testing.assert_array_equal(exact[0], expected)
    np.testing.assert_allclose(exact[1], resample(1 - volume, affine, TARGET, OUT))


@pytest.mark.parametrize("affine", AFFINES.values(), ids=list(AFFINES))
def test_nearest_takes_the_nearest_voxel(volume, affine) -> None:
    labels = (volume * 1000).astype(np.int32)
    found = resample_nearest(torch.from_numpy(labels)[None], affine, TARGET, OUT)
    assert found.dtype == torch.int32
    to_image = np.linalg.inv(affine) @ TARGET
    expected = affine_transform(labels, to_image[:3, :3], to_image[:3, 3], OUT, order=0, mode="grid-constant")
    # SciPy takes the upper of two voxels at the same distance, and rounds its index in other words
    index = np.indices(OUT).reshape(3, -1).T @ to_image[:3, :3].T + to_image[:3, 3]
    clear = (np.abs(index % 1 - 0.5) > 1e-6).all(1).reshape(OUT)
    assert clear.mean() > 0.1
    np.testing.assert_array_equal(found[0].numpy()[clear], expected[clear])


def test_nearest_on_its_own_lattice_is_the_same_for_any_type(volume) -> None:
    for dtype in (torch.uint8, torch.int64, torch.float16, torch.bool):
        image = torch.from_numpy(volume * 200).to(dtype)[None].repeat(2, 1, 1, 1)
        same = resample_channels(image, AFFINES["oblique"], AFFINES["oblique"], SHAPE, "nearest")
        assert same.dtype == dtype and torch.equal(same, image)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_an_image_on_the_gpu_stays_there(volume, mode) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    image = torch.from_numpy(volume)[None]
    for affine in AFFINES.values():
        found = resample_channels(image.cuda(), affine, TARGET, OUT, mode)
        assert found.is_cuda
        torch.testing.assert_close(
            found.cpu(), resample_channels(image, affine, TARGET, OUT, mode), atol=2e-5, rtol=0
        )
