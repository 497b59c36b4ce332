"""Pose and appearance of brains."""

import numpy as np
import pytest
import torch

from brainaging.networks import Appearance
from brainaging.networks.appearance import band_limited, packed, sampled, unpacked

MASK = np.ones((24, 28, 20), dtype=bool)


def test_packed_matrices_come_back() -> None:
    matrices = torch.randn(4, 3, 3)
    symmetric = matrices + matrices.transpose(1, 2)
    assert torch.equal(unpacked(packed(symmetric)), symmetric)


def test_pose_is_the_blobs_place_and_size(make_heads) -> None:
    model = Appearance(MASK, 12)
    near, far = make_heads(2, 1)[:, None]
    centres, extents = model.pose(torch.cat([near, near.roll(2, 2)]))
    torch.testing.assert_close(centres[1] - centres[0], torch.tensor([2 * 2 / 23, 0.0, 0.0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(extents[1], extents[0], atol=1e-4, rtol=0)
    torch.testing.assert_close(extents, extents.transpose(1, 2))
    assert not torch.allclose(model.pose(far)[1], extents[0], atol=1e-3)


def test_normalised_brains_have_one_pose(heads: torch.Tensor) -> None:
    model = Appearance(MASK, 12)
    model.start_from(heads)
    before = model.pose(heads)[1].flatten(1).std(0).max()
    # back on the volumes' own lattice every head has the mean extent
    still = torch.zeros(len(heads), len(model.nodes)).index_copy(
        1, model.voxels, model.normalised(heads, *model.pose(heads))
    )
    same = torch.nn.functional.interpolate(still.view(-1, 1, *model.finer), size=MASK.shape, mode="trilinear")
    after = model.pose(same)[1].flatten(1).std(0).max()
    assert after < 0.15 * before


def test_twice_the_samples_hold_the_old_ones_in_their_places() -> None:
    volumes = torch.rand(2, 1, 8, 6, 10, generator=torch.Generator().manual_seed(0))
    wide = band_limited(volumes)
    assert wide.shape == (2, 1, 16, 12, 20)
    torch.testing.assert_close(wide[..., ::2, ::2, ::2], volumes)


def test_twice_the_samples_are_those_of_a_padded_spectrum() -> None:
    volumes = torch.rand(2, 1, 8, 6, 10, generator=torch.Generator().manual_seed(0))
    spectrum = torch.fft.fftshift(torch.fft.fftn(volumes, dim=(2, 3, 4)), dim=(2, 3, 4))
    padded = torch.nn.functional.pad(spectrum, [5, 5, 3, 3, 4, 4])
    expected = torch.fft.ifftn(torch.fft.ifftshift(padded, dim=(2, 3, 4)), dim=(2, 3, 4)).real * 8
    torch.testing.assert_close(band_limited(volumes), expected, atol=1e-6, rtol=1e-5)


def test_sampling_at_the_voxels_gives_them_back() -> None:
    volumes = torch.rand(1, 2, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    axes = [torch.linspace(-1, 1, size) for size in (4, 5, 6)]
    points = torch.stack(torch.meshgrid(axes, indexing="ij"), -1).view(1, -1, 3)
    torch.testing.assert_close(sampled(volumes, points, [4, 5, 6]), volumes)


@pytest.mark.parametrize("mask", [np.zeros((4, 4, 4), bool), np.ones((4, 4), bool)])
def test_a_mask_without_voxels_or_of_two_axes_is_refused(mask) -> None:
    with pytest.raises(ValueError, match="three-dimensional and not empty"):
        Appearance(mask, 12)
