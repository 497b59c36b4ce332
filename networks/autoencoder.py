"""An autoencoder that starts as principal components and learns what they cannot: deformation."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from brainaging.networks.grid_bound import GridBound
from brainaging.networks.lattice_detail.local_detail import LocalDetail, coarse_factor
from brainaging.networks.linear.pca import principal_components
from brainaging.networks.mask import Mask, checked_mask

_BATCH = 32


class T1wAutoencoder(GridBound):
    """Linear codes, refined, with a decoder that deforms, for T1w volumes on a grid.

    With μ the mean brain, P the S leading principal components of the training brains, h = P(x − μ) a brain's
    scores, and f, u small perceptrons:

    - encoder: z = h[:L] + f(h);
    - decoder: x̂ = (μ + P[:L]ᵀz) ∘ (id + u(z)), u a displacement field on a coarse lattice, interpolated to
      the grid.

    f and u start at zero, so that before its first step the network *is* PCA with L components, and training
    is judged by what it adds. An image that is linear in the codes, deformed by a field that depends on them
    too, is the idea of active appearance models (Cootes et al. 2001, IEEE TPAMI 23:681) and deforming
    autoencoders (Shu et al. 2018, ECCV): brains differ mostly by where things are, and no sum of images moves
    an edge. P and μ stay as they were fitted; only the perceptrons are trained.

    On a grid finer than :data:`~brainaging.networks.lattice_detail.local_detail.DENSE` all this is done on a
    coarse lattice, from which :class:`brainaging.networks.LocalDetail` comes back to the grid.

    Voxels outside ``mask`` take no part: they are not read, and nothing is written there but what a displacement
    carries over the mask's border.

    Args:
        mask: bool ``(X, Y, Z)``, the voxels that brains may fill on this grid.
        latent_size: L, the number of codes.
        components: S, the number of components; L where that is more.
        hidden: width of the perceptrons.
        lattice: nodes of the displacement lattice along each axis.
        grid: fingerprint of the grid.

    Raises:
        ValueError: ``mask`` is not three-dimensional or is empty, or a size is not positive.
    """

    shape: list[int]
    voxels: Tensor
    mean: Tensor
    components: Tensor
    unit: Tensor
    identity: Tensor

    def __init__(
        self,
        mask: Mask,
        latent_size: int = 1000,
        components: int = 1000,
        hidden: int = 256,
        lattice: int = 10,
        grid: str = "",
    ) -> None:
        super().__init__(grid)
        self.shape = list(checked_mask(mask).shape)
        self.local = LocalDetail(mask, coarse_factor(self.shape))
        inside = self.local.lattice_mask()
        if min(latent_size, components, hidden, lattice) < 1:
            raise ValueError(f"sizes must be positive, got {latent_size=}, {components=}, {hidden=}, {lattice=}")
        components = max(components, latent_size)
        self.latent_size, self.lattice = latent_size, lattice
        self.nodes = list(inside.shape)
        voxels = inside.flatten().nonzero()[:, 0]
        self.register_buffer("voxels", voxels)
        self.register_buffer("mean", torch.zeros(len(voxels)))
        self.register_buffer("components", torch.zeros(components, len(voxels)))
        self.register_buffer("unit", torch.ones(()))
        axes = [torch.linspace(-1, 1, size) for size in self.nodes]
        # grid_sample counts axes from the last to the first.
        identity = torch.stack(torch.meshgrid(axes, indexing="ij")[::-1], -1)
        self.register_buffer("identity", identity, persistent=False)
        self.refine = ZeroEnded(components, hidden, latent_size)
        self.deform = ZeroEnded(latent_size, hidden, 3 * lattice**3)

    @torch.jit.export
    def encode(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to latents ``(B, L)``."""
        scores = (self.local.coarse(x).flatten(1)[:, self.voxels] - self.mean) @ self.components.T
        return scores[:, : self.latent_size] + self.refine(scores / self.unit) * self.unit

    @torch.jit.export
    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to volumes ``(B, 1, X, Y, Z)``."""
        shape = [z.shape[0], 1] + self.nodes
        still = torch.zeros(shape, device=z.device, dtype=z.dtype).flatten(1)
        still = still.index_copy(1, self.voxels, self.mean + z @ self.components[: self.latent_size]).view(shape)
        field = self.displacement(z).permute(0, 2, 3, 4, 1)
        return self.local(F.grid_sample(still, self.identity + field, align_corners=True))

    @torch.jit.export
    def displacement(self, z: Tensor) -> Tensor:
        """Return the decoder's displacement ``(B, 3, …)`` in half fields of view, its z component first.

        On a grid finer than its lattice it is that of the lattice's nodes.
        """
        n = self.lattice
        # The unit of the head's output: 0.05 of half a field of view of 192 mm is 4.8 mm.
        nodes = 0.05 * self.deform(z / self.unit).view(-1, 3, n, n, n)
        return F.interpolate(nodes, size=self.nodes, mode="trilinear", align_corners=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstruction ``(B, 1, X, Y, Z)`` of volumes of that shape."""
        return self.decode(self.encode(x))

    @torch.no_grad()
    def start_from(self, volumes: Tensor, flip: bool = True) -> int:
        """Set μ and P to the principal components of training volumes.

        Args:
            volumes: ``(n, 1, X, Y, Z)``, training subjects only, on any device.
            flip: add each volume's mirror image; the first spatial axis must run left to right.

        Returns:
            how many components the volumes span, of those asked for; the rest stay zero.

        Raises:
            ValueError: the volumes have another shape, are fewer than two (mirror images counted), or all alike.
        """
        if list(volumes.shape[1:]) != [1, *self.shape]:
            raise ValueError(f"expected volumes (n, 1, {str(self.shape)[1:-1]}), got {tuple(volumes.shape)}")
        # A cohort that fills the memory of a GPU is worked on where it lies.
        voxels = self.voxels.to(volumes.device)
        coarse = torch.cat([self.local.coarse(batch) for batch in volumes.split(_BATCH)])
        samples = coarse.flatten(1)[:, voxels]
        if flip:
            samples = torch.cat([samples, coarse.flip(2).flatten(1)[:, voxels]])
        self.local.start_from(volumes, flip)
        principal = principal_components(samples, len(self.components))
        spanned = len(principal.components)
        self.mean.copy_(principal.mean)
        self.components.zero_()
        self.components[:spanned] = principal.components
        # The root mean square score brings what the perceptrons see, and make, to the order of one.
        self.unit.copy_(principal.deviation.square().mean().sqrt())
        return spanned


class ZeroEnded(nn.Module):
    """A linear map plus a perceptron with one hidden layer, both zero until they are trained."""

    def __init__(self, inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.straight = nn.Linear(inputs, outputs)
        self.inner = nn.Linear(inputs, hidden)
        self.outer = nn.Linear(hidden, outputs, bias=False)
        for weights in (self.straight.weight, self.straight.bias, self.outer.weight):
            nn.init.zeros_(weights)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, inputs)`` to ``(B, outputs)``."""
        return self.straight(x) + self.outer(F.silu(self.inner(x)))
