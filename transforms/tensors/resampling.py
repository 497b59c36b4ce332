"""Resample images (C, X, Y, Z) on their own device, anti-aliased, or by the nearest voxel."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from brainaging.transforms.checks.image_form import good_affine
from brainaging.transforms.placing import Matrices, aligned_weights, axis_assignment, resample, thinning

MODES = ("bilinear", "nearest")
"""As MONAI calls them: of scans, and of label maps."""


def resample_channels(
    image: Tensor, affine: np.ndarray, target: np.ndarray, shape: tuple[int, int, int], mode: str = "bilinear"
) -> Tensor:
    """Resample every channel onto a lattice; beyond the image lies 0.

    On the CPU "bilinear" is :func:`resample` to the last bit, on another device :func:`resample_tensor`.

    Args:
        image: (C, X, Y, Z).
        affine: (4, 4) voxel index → mm.
        target: (4, 4) the wanted lattice's voxel index → the same mm.
        shape: the wanted shape.
        mode: "bilinear", or "nearest".

    Returns:
        (C, *shape) on the same device: float32, or the image's own type where nearest.

    Raises:
        ScanError: an affine that cannot be inverted.
    """
    if mode == "nearest":
        return resample_nearest(image, affine, target, shape)
    if image.device.type != "cpu":
        return resample_tensor(image, affine, target, shape)
    volumes = [resample(channel.numpy(), affine, target, shape) for channel in image]
    return torch.from_numpy(np.stack(volumes) if len(volumes) > 1 else volumes[0][None])


def resample_nearest(image: Tensor, affine: np.ndarray, target: np.ndarray, shape: tuple[int, int, int]) -> Tensor:
    """Give every place of a lattice the value of the nearest voxel (C, X, Y, Z); 0 beyond the image's voxels.

    A place midway between two voxels takes the one of even index.
    """
    to_image = np.linalg.inv(good_affine(affine, "resample")) @ good_affine(target, "resample")
    matrix = torch.from_numpy(to_image)
    result = image.new_zeros((len(image), *shape))
    size = torch.tensor(image.shape[1:])
    flat = image.reshape(len(image), -1)
    rest = torch.stack(torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in shape[1:]), indexing="ij"))
    in_plane = torch.einsum("ij,jbc->ibc", matrix[:3, 1:3], rest) + matrix[:3, 3, None, None]
    for plane in range(shape[0]):  # the places of all planes at once would be six times the lattice
        index = torch.round(in_plane + plane * matrix[:3, 0, None, None]).long()
        inside = ((index >= 0) & (index < size[:, None, None])).all(0)
        clipped = index.clamp(min=0).minimum(size[:, None, None] - 1)
        number = (clipped[0] * size[1] + clipped[1]) * size[2] + clipped[2]
        values = flat[:, number.ravel().to(image.device)].reshape(len(image), *shape[1:])
        result[:, plane] = values * inside.to(image.device)
    return result


def resample_tensor(image: Tensor, affine: np.ndarray, target: np.ndarray, shape: tuple[int, int, int]) -> Tensor:
    """Do what :func:`resample` does, for every channel of an image (C, X, Y, Z), in torch on its own device.

    Returns:
        (C, *shape) float32.

    Raises:
        ScanError: an affine that cannot be inverted.
    """
    channels = image.float()
    relative = np.linalg.inv(good_affine(target, "resample")) @ good_affine(affine, "resample")
    in_shape = tuple(channels.shape[1:])
    order = axis_assignment(relative, in_shape)
    if order is not None:
        moved = channels.permute(0, *(axis + 1 for axis in order))
        return _along_axes(moved, aligned_weights(relative, order, in_shape, shape))
    weights, thinned = thinning(in_shape, relative)
    return _interpolated(_along_axes(channels, weights), np.linalg.inv(thinned), shape)


def _along_axes(channels: Tensor, matrices: Matrices) -> Tensor:
    """Multiply each axis of (C, X, Y, Z) by its matrix."""
    x, y, z = (torch.from_numpy(matrix).to(channels.device) for matrix in matrices)
    first = torch.tensordot(channels, z.T, dims=1)
    second = torch.matmul(y, first)
    return torch.einsum("ax,cxyz->cayz", x, second)


def _interpolated(channels: Tensor, to_image: np.ndarray, shape: tuple[int, int, int]) -> Tensor:
    """Interpolate (C, X, Y, Z) linearly at a unit lattice's places, by its affine (4, 4) into voxel indices."""
    # a rim of zeros: beyond the image values fall to 0 within a voxel, as SciPy's grid-constant does
    padded = F.pad(channels[None], [1] * 6)
    size = torch.tensor(padded.shape[2:], dtype=torch.float64)
    matrix = torch.from_numpy(to_image)
    axes = [torch.arange(n, dtype=torch.float64) for n in shape]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)
    index = places @ matrix[:3, :3].T + matrix[:3, 3] + 1
    # grid_sample takes −1…1 between the middles of the outermost voxels, the last axis first
    normal = (2 * index / (size - 1) - 1).flip(-1).to(padded)
    return F.grid_sample(padded, normal[None], mode="bilinear", padding_mode="zeros", align_corners=True)[0]
