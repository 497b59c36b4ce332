"""A brain as its place, size and proportions, and its appearance once those are taken out."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from brainaging.networks.linear.matrices import inverse_3, symmetric_root
from brainaging.networks.linear.pca import principal_components
from brainaging.networks.mask import Mask, checked_mask

#: numbers of a brain's pose: three of its centre, six of its symmetric 3 × 3 extent
POSE = 9
#: nodes of the normalised brain's lattice for one of the grid; interpolation from a finer one blurs less
FINER = 1.25
_BATCH = 32


class Appearance(nn.Module):
    """An active appearance model whose shape is affine (Cootes et al. 2001, IEEE TPAMI 23:681), in closed form.

    With w(r) a volume's intensities inside the mask, their sum one, its pose is the centre c = Σ w r and the
    extent S = (Σ w (r − c)(r − c)ᵀ)^½. Resampled at c + S S₀⁻¹ r, S₀ the mean extent, every brain has the same
    centre and extent: what is left is its appearance a. The code k = (c, S, P(a − μ)) has principal components P
    of the training brains' appearances, and z = C⁻¹(k − k̄), CCᵀ the training codes' covariance, is white.

    Sums of images cannot move an edge: head size, which is most of what a sum of brains blurs, is a number here.
    Coordinates are half fields of view, axes in the volume's order.

    Args:
        mask: bool ``(X, Y, Z)``, the voxels that brains may fill on this grid.
        latent_size: L, the number of codes; at least 10.

    Raises:
        ValueError: ``mask`` is not three-dimensional or is empty, or ``latent_size`` is too small.
    """

    shape: list[int]
    finer: list[int]
    inside: Tensor
    points: Tensor
    nodes: Tensor
    extent: Tensor
    voxels: Tensor
    mean: Tensor
    components: Tensor
    centre: Tensor
    spread: Tensor
    whitening: Tensor

    def __init__(self, mask: Mask, latent_size: int = 100) -> None:
        super().__init__()
        inside = checked_mask(mask)
        if latent_size <= POSE:
            raise ValueError(f"latent_size must be more than {POSE}, got {latent_size}")
        self.shape = list(inside.shape)
        self.finer = [round(FINER * size) for size in self.shape]
        self.latent_size = latent_size
        self.register_buffer("inside", inside.flatten(), persistent=False)
        self.register_buffer("points", _lattice(self.shape), persistent=False)
        self.register_buffer("nodes", _lattice(self.finer), persistent=False)
        # Which nodes hold brain is learned, so their number is that of the mask's, enlarged to the finer lattice.
        enlarged = F.interpolate(inside[None, None].float(), size=self.finer, mode="trilinear")[0, 0] > 0
        self.register_buffer("voxels", enlarged.flatten().nonzero()[:, 0], persistent=False)
        self.register_buffer("extent", torch.eye(3))
        self.register_buffer("mean", torch.zeros(len(self.voxels)))
        self.register_buffer("components", torch.zeros(latent_size - POSE, len(self.voxels)))
        self.register_buffer("centre", torch.zeros(latent_size))
        self.register_buffer("spread", torch.eye(latent_size))
        self.register_buffer("whitening", torch.eye(latent_size))

    def forward(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to white codes z ``(B, L)``."""
        return (self.codes(x) - self.centre) @ self.whitening.T

    def codes(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to codes k ``(B, L)``."""
        centre, extent = self.pose(x)
        scores = (self.normalised(x, centre, extent) - self.mean) @ self.components.T
        return torch.cat([centre, packed(extent), scores], 1)

    def pose(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return centres ``(B, 3)`` and extents ``(B, 3, 3)`` in half fields of view."""
        weight = x.flatten(1).clamp(0, 1) * self.inside
        weight = weight / weight.sum(1, keepdim=True).clamp(min=1e-6)
        centre = weight @ self.points
        # In moments about the origin: no (B, v, 3) tensor of offsets is needed.
        square = (self.points[:, :, None] * self.points[:, None, :]).flatten(1)
        second = (weight @ square).view(-1, 3, 3) - centre[:, :, None] * centre[:, None, :]
        return centre, symmetric_root(second)

    def normalised(self, x: Tensor, centre: Tensor, extent: Tensor) -> Tensor:
        """Return appearances ``(B, v)``: volumes resampled to the mean extent about the origin."""
        turn = extent @ inverse_3(self.extent)
        where = centre[:, None] + self.nodes @ turn.transpose(1, 2)
        # Trilinear interpolation of twice as many band-limited samples hardly blurs.
        sizes = torch.tensor(self.shape, device=x.device, dtype=x.dtype)
        where = (where + 1) * (sizes - 1) * 2 / (2 * sizes - 1) - 1
        return sampled(band_limited(x), where, self.finer).flatten(1)[:, self.voxels]

    @torch.no_grad()
    def start_from(self, volumes: Tensor) -> Tensor:
        """Fit to training volumes ``(n, 1, X, Y, Z)``, and return their white codes ``(n, L)``.

        Raises:
            ValueError: volumes of another shape, or too few to span the codes.
        """
        if list(volumes.shape[1:]) != [1, *self.shape]:
            raise ValueError(f"expected volumes (n, 1, {str(self.shape)[1:-1]}), got {tuple(volumes.shape)}")
        if len(volumes) < self.latent_size + 2:
            raise ValueError(
                f"{self.latent_size} codes need at least {self.latent_size + 2} volumes (mirror images counted), "
                f"got {len(volumes)}: choose a smaller latent_size"
            )
        batches = volumes.split(_BATCH)
        self.extent.copy_(torch.cat([self.pose(batch)[1] for batch in batches]).mean(0))
        appearances = torch.cat([self.normalised(batch, *self.pose(batch)) for batch in batches])
        principal = principal_components(appearances, self.latent_size - POSE)
        spanned = len(principal.components)
        if spanned < self.latent_size - POSE:
            raise ValueError(
                f"the volumes span {spanned + POSE} codes, fewer than the {self.latent_size} asked for"
            )
        self.mean.copy_(principal.mean)
        self.components.copy_(principal.components)
        poses = [torch.cat([centre, packed(extent)], 1) for centre, extent in map(self.pose, batches)]
        codes = torch.cat([torch.cat(poses), (appearances - self.mean) @ self.components.T], 1)
        self.centre.copy_(codes.mean(0))
        lower = torch.linalg.cholesky(torch.cov(codes.double().T))
        self.spread.copy_(lower)
        self.whitening.copy_(torch.linalg.inv(lower))
        return (codes - self.centre) @ self.whitening.T


def packed(extent: Tensor) -> Tensor:
    """Return the six different entries ``(B, 6)`` of symmetric matrices ``(B, 3, 3)``."""
    rows = torch.tensor([0, 0, 0, 1, 1, 2], device=extent.device)
    columns = torch.tensor([0, 1, 2, 1, 2, 2], device=extent.device)
    return extent[:, rows, columns]


def unpacked(entries: Tensor) -> Tensor:
    """Return the symmetric matrices ``(B, 3, 3)`` of :func:`packed` entries ``(B, 6)``."""
    order = torch.tensor([0, 1, 2, 1, 3, 4, 2, 4, 5], device=entries.device)
    return entries[:, order].view(-1, 3, 3)


def sampled(x: Tensor, where: Tensor, shape: list[int]) -> Tensor:
    """Return ``(B, C, *shape)``: volumes ``(B, C, X, Y, Z)`` at points ``(B, v, 3)`` in half fields of view."""
    # grid_sample counts axes from the last to the first.
    points = where.flip(-1).view([where.shape[0]] + shape + [3])
    return F.grid_sample(x, points.to(x), align_corners=True)


def band_limited(x: Tensor) -> Tensor:
    """Return volumes with twice as many samples an axis, by zero-padding their spectrum; even sizes.

    In sums over each axis' samples and not in transforms, since ONNX pads no complex numbers. What is padded has
    one frequency without its opposite, n / 2: interpolated values are complex, and their real part is returned.
    """
    real, imaginary = x.float(), torch.zeros_like(x, dtype=torch.float32)
    for axis in (2, 3, 4):
        even, odd = _doubling(x.shape[axis])
        even, odd = even.to(x.device), odd.to(x.device)
        real, imaginary = real.transpose(axis, 4), imaginary.transpose(axis, 4)
        along = real @ even.T - imaginary @ odd.T, real @ odd.T + imaginary @ even.T
        real, imaginary = along[0].transpose(axis, 4), along[1].transpose(axis, 4)
    return real


def _doubling(size: int) -> tuple[Tensor, Tensor]:
    """Return real and imaginary part of the weights ``(2n, n)`` that n samples have in 2n, Σ exp(2πi f p / n) / n.

    f runs from −n / 2 to n / 2 − 1, and p is the distance of the two samples.
    """
    distance = torch.arange(2 * size, dtype=torch.float64)[:, None] / 2 - torch.arange(size)
    half = torch.pi * distance / size
    same = distance == 0
    # the sum from 1 − n / 2 to n / 2 − 1 is Dirichlet's kernel
    paired = torch.where(same, size - 1.0, ((size - 1) * half).sin() / torch.where(same, 1.0, half.sin()))
    real, imaginary = paired + (torch.pi * distance).cos(), -(torch.pi * distance).sin()
    return (real / size).float(), (imaginary / size).float()


def _lattice(shape: list[int]) -> Tensor:
    """Return the points ``(v, 3)`` of a lattice over the field of view, from −1 to 1."""
    axes = [torch.linspace(-1, 1, size) for size in shape]
    return torch.stack(torch.meshgrid(axes, indexing="ij"), -1).view(-1, 3)
