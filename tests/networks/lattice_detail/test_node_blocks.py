"""Neighbours, interpolation and voxels of nodes, held against torch's own padding and interpolation."""

import torch
import torch.nn.functional as F

from brainaging.networks.lattice_detail.node_blocks import folded, neighbourhoods, smoothing, unfolded

SHAPE = [4, 3, 5]


def test_neighbours_lie_where_padding_puts_them() -> None:
    nodes = torch.arange(60)[::7]
    wide = F.pad(torch.arange(1.0, 61).view(1, 1, *SHAPE), [1] * 6)
    near = wide.flatten()[neighbourhoods(SHAPE, nodes)[0]]
    for row, node in zip(near, nodes.tolist(), strict=True):
        i, j, k = node // 15, node // 5 % 3, node % 5
        assert torch.equal(row, wide[0, 0, i : i + 3, j : j + 3, k : k + 3].flatten())


def test_weights_of_neighbours_interpolate_as_torch_does() -> None:
    for r in (2, 3, 4):
        x = torch.rand(1, 1, *SHAPE, dtype=torch.float64)
        rows, places = neighbourhoods(SHAPE, torch.arange(60))
        near = F.pad(x, [1] * 6).flatten()[rows]
        voxels = torch.einsum("nk,nkv->nv", near, smoothing(r).double()[places])
        expected = F.interpolate(x, scale_factor=float(r), mode="trilinear")
        torch.testing.assert_close(unfolded(voxels[:, :, None], SHAPE, r), expected, atol=1e-6, rtol=1e-6)


def test_voxels_come_back_from_channels() -> None:
    x = torch.rand(2, 1, 8, 6, 10)
    assert torch.equal(unfolded(folded(x, 2).flatten(2).permute(2, 1, 0), SHAPE, 2), x)
