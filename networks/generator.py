"""The generator of the GAN: an appearance model that starts fitted, learns to deform, and draws fine detail."""

import copy
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from brainaging.networks.appearance import POSE, Appearance, sampled, unpacked
from brainaging.networks.autoencoder import ZeroEnded
from brainaging.networks.grid_bound import GridBound
from brainaging.networks.lattice_detail.local_detail import LocalDetail, coarse_factor
from brainaging.networks.lattice_detail.sharpening import Sharpening
from brainaging.networks.linear.matrices import inverse_3
from brainaging.networks.linear.pca import principal_components
from brainaging.networks.linear.ridge import ridge
from brainaging.networks.mask import Mask, checked_mask
from brainaging.networks.two_kinds import TwoKinds

_BATCH = 32
#: learning rate of images, whose entries are of the order of 0.01, by that of the perceptrons
IMAGE_RATE = 0.3


class T1wGenerator(GridBound):
    """Brains G(z, ε) from a latent z ~ N(0, I) and a draw of detail ε ~ N(0, I).

    The start is :class:`brainaging.networks.Appearance`, inverted: k = k̄ + Cz holds a centre c, an extent S and
    scores s, and

        x = (μ + Pᵀs) ∘ (S₀ S⁻¹ (id − c) + u(z)) + ν + Bᵀz + Qᵀε,

    with u a displacement on a coarse lattice, zero at the start. Where the training people's sexes are known, z
    stands for φ(z) in all this: see :class:`brainaging.networks.TwoKinds`. What the training brains are more than
    their reconstructions is regressed on z, which gives ν and B, and what is left of it has the scaled principal
    components Q: reconstructions lack a part of the very differences that they show, the more so the shorter the
    fit, and brains generated without B differ less than real ones. P, μ, ν, B, Q, u and a correction of k by a
    perceptron, zero at the start, are what adversarial training moves.

    On a grid finer than :data:`~brainaging.networks.lattice_detail.local_detail.DENSE` all this is a brain on a
    coarse lattice, which :class:`brainaging.networks.LocalDetail` brings to the grid, with ε as its noise: 27
    parameters a voxel in place of 1,180. There the moved brain is sharpened
    (:mod:`~brainaging.networks.lattice_detail.sharpening`) before anything is added to it, and the images P, μ, ν,
    B and Q are held as they were fitted: adversarial training moves u, the correction and the local detail, whose
    errors it can see.

    ε is what 100 numbers cannot say of a brain: the share of folds that no code steers, as the noise inputs of
    StyleGAN are (Karras et al. 2019, CVPR). Without ε every brain would be its own average, and a classifier sees
    that; ε = 0 gives the expected brain of a latent.

    Args:
        mask: bool ``(X, Y, Z)``, the voxels that brains may fill on this grid.
        latent_size: L, numbers in z.
        detail: numbers in ε; fewer are used where the training brains span fewer.
        hidden: width of the perceptrons.
        lattice: nodes of the displacement lattice along each axis.
        grid: fingerprint of the grid.
    """

    shape: list[int]
    voxels: Tensor
    filled: Tensor

    def __init__(
        self,
        mask: Mask,
        latent_size: int = 100,
        detail: int = 900,
        hidden: int = 256,
        lattice: int = 10,
        grid: str = "",
    ) -> None:
        super().__init__(grid)
        if min(detail, hidden, lattice) < 1:
            raise ValueError(f"sizes must be positive, got {detail=}, {hidden=}, {lattice=}")
        self.shape = list(checked_mask(mask).shape)
        self.local = LocalDetail(mask, coarse_factor(self.shape))
        self.appearance = Appearance(self.local.lattice_mask(), latent_size)
        self.sharpening = nn.ModuleList([Sharpening()] if self.local.factor > 1 else [])
        self.kinds = TwoKinds(latent_size)
        self.latent_size, self.lattice, self.detail = latent_size, lattice, detail
        # nodes of the lattice, and voxels of the full grid; the same where the grid is coarse
        self.register_buffer("voxels", self.appearance.inside.nonzero()[:, 0], persistent=False)
        self.register_buffer("filled", self.local.support.flatten().nonzero()[:, 0], persistent=False)
        # held as they were fitted, μ and P are the appearance model's own, and not kept twice
        held = self.local.factor > 1
        nodes, count = (0, 0) if held else (len(self.appearance.voxels), latent_size - POSE)
        self.mean = nn.Parameter(torch.zeros(nodes))
        self.components = nn.Parameter(torch.zeros(count, nodes))
        self.rest = nn.Parameter(torch.zeros(len(self.voxels)))
        self.lacking = nn.Parameter(torch.zeros(latent_size, len(self.voxels)))
        self.texture = nn.Parameter(torch.zeros(detail, len(self.voxels)))
        self.correct = ZeroEnded(latent_size, hidden, latent_size)
        self.deform = ZeroEnded(latent_size, hidden, 3 * lattice**3)
        if held:
            for image in self._images():
                image.requires_grad_(False)

    def forward(self, z: Tensor, detail: Tensor | None = None) -> Tensor:
        """Map latents ``(B, L)`` and detail ``(B, D)``, none for its mean, to volumes ``(B, 1, X, Y, Z)``."""
        return self.local(self.on_lattice(z, detail), detail)

    def on_lattice(self, z: Tensor, detail: Tensor | None = None) -> Tensor:
        """Return the brains of :meth:`forward` on the lattice ``(B, 1, …)``, which a coarse grid is itself."""
        model, z = self.appearance, self.kinds(z)
        code = model.centre + (z + self.correct(z)) @ model.spread.T
        centre, extent, scores = code[:, :3], unpacked(code[:, 3:9]), code[:, 9:]
        still = torch.zeros(len(z), len(model.nodes), device=z.device, dtype=z.dtype)
        held = self.local.factor > 1
        mean, components = (model.mean, model.components) if held else (self.mean, self.components)
        still = still.index_copy(1, model.voxels, mean + scores @ components)
        turn = model.extent @ inverse_3(extent)
        where = (model.points - centre[:, None]) @ turn.transpose(1, 2) + self.displacement(z)
        brain = sampled(still.view([len(z), 1] + model.finer), where, model.shape)
        for sharpening in self.sharpening:  # one, or none where the grid is no lattice
            brain = sharpening(brain)
        brain = brain.flatten(1)
        rest = self.rest + z @ self.lacking
        if detail is not None:
            rest = rest + detail @ self.texture
        return brain.index_add(1, self.voxels, rest).view([len(z), 1] + model.shape)

    def displacement(self, z: Tensor) -> Tensor:
        """Return the learned displacement ``(B, XYZ, 3)`` of φ(z), in half fields of view, axes as the volume."""
        n = self.lattice
        # The unit of the head's output: 0.05 of half a field of view of 192 mm is 4.8 mm.
        nodes = 0.05 * self.deform(z).view(-1, 3, n, n, n)
        field = F.interpolate(nodes, size=self.appearance.shape, mode="trilinear", align_corners=True)
        return field.flatten(2).transpose(1, 2)

    def encode(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to the latents ``(B, L)`` that they started from, in closed form."""
        return self.kinds.inverse(self.appearance(self.local.coarse(x)))

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to their expected brains ``(B, 1, X, Y, Z)``."""
        return self.forward(z)

    def draw(self, count: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return ``count`` latents ``(n, L)`` and details ``(n, D)``, drawn on the CPU: same seed, same brains."""
        device = self.mean.device
        z, detail = (torch.randn(count, size, generator=generator) for size in (self.latent_size, self.detail))
        return z.to(device), detail.to(device)

    def intended(self, z: Tensor) -> Tensor:
        """Return the kind ``(B,)`` of brain that latents ``(B, L)`` stand for, see :meth:`TwoKinds.intended`."""
        return self.kinds.intended(z)

    def rates(self, rate: float) -> list[dict[str, Any]]:
        """Return the parameters in groups for an optimiser: images, whose entries are small, learn more slowly."""
        heads = [*self.correct.parameters(), *self.deform.parameters()]
        # the local detail, like images, starts fitted
        slow = [image for image in self._images() if image.requires_grad] + [*self.local.parameters()]
        return [{"params": slow, "lr": IMAGE_RATE * rate}, {"params": heads, "lr": rate}]

    def follower(self) -> "T1wGenerator":
        """Return a copy for averaged weights; what is not trained is shared with it, and stored once."""
        shared = [*self.buffers(), *(weight for weight in self.parameters() if not weight.requires_grad)]
        return copy.deepcopy(self, {id(tensor): tensor for tensor in shared}).requires_grad_(False)

    def inside(self, volumes: Tensor) -> Tensor:
        """Return the numbers ``(B, v)`` of volumes ``(B, 1, X, Y, Z)`` inside the mask of the full grid."""
        return volumes.flatten(1)[:, self.filled]

    @torch.no_grad()
    def start_from(self, volumes: Tensor, flip: bool = True, kinds: Tensor | None = None) -> int:
        """Fit the appearance model, and the local detail, to training volumes ``(n, 1, X, Y, Z)``.

        Args:
            volumes: training subjects only.
            flip: add each volume's mirror image; the first spatial axis must run left to right.
            kinds: ``(n,)`` 0 or 1, −1 where unknown: two kinds of brains, such as the sexes (:class:`TwoKinds`).

        Returns:
            the number of codes.

        Raises:
            ValueError: as :meth:`Appearance.start_from`.
        """
        codes = self.fit_appearance(volumes, flip)
        if kinds is not None:
            # a brain and its mirror image are of one kind
            self.kinds.fit(codes.view(-1, len(volumes), self.latent_size).mean(0), kinds.to(codes.device))
        return self.latent_size

    def _seen(self, volumes: Tensor, flip: bool) -> Tensor:
        """Return training volumes on the lattice, and their mirror images."""
        coarse = torch.cat([self.local.coarse(batch.to(self.mean)) for batch in volumes.split(_BATCH)])
        return torch.cat([coarse, coarse.flip(2)]) if flip else coarse

    @torch.no_grad()
    def fit_appearance(self, volumes: Tensor, flip: bool = True) -> Tensor:
        """Fit the appearance model, and the local detail, to volumes ``(n, 1, X, Y, Z)``; return their codes.

        Args:
            volumes: training subjects only.
            flip: add each volume's mirror image.

        Returns:
            codes ``(n, L)`` of the volumes, then of their mirror images.

        Raises:
            ValueError: as :meth:`Appearance.start_from`.
        """
        codes = self.appearance.start_from(self._seen(volumes, flip))
        self.local.start_from(volumes, flip)
        if self.local.factor == 1:
            self.mean.copy_(self.appearance.mean)
            self.components.copy_(self.appearance.components)
        self._plain()
        return codes

    @torch.no_grad()
    def fit_detail(self, volumes: Tensor, flip: bool = True, latents: Tensor | None = None) -> float:
        """Set ν, B and Q to what training volumes ``(n, 1, X, Y, Z)`` are more than their reconstructions.

        Args:
            volumes: training subjects only.
            flip: add each volume's mirror image.
            latents: theirs, then their mirror images', where they have been encoded before.

        Returns:
            the share of that variance which B and Q span.
        """
        both = self._seen(volumes, flip)
        self._plain()
        if latents is None:
            latents = torch.cat([self.kinds.inverse(self.appearance(batch)) for batch in both.split(_BATCH)])
        pairs = list(zip(both.split(_BATCH), latents.split(_BATCH), strict=True))
        for sharpening in self.sharpening:
            moved = ((batch, self.on_lattice(z)) for batch, z in pairs)
            cast(Sharpening, sharpening).fit(moved, self.voxels)
        left = torch.cat([(batch - self.on_lattice(z)).flatten(1)[:, self.voxels] for batch, z in pairs])
        total = left.var(0).sum()
        codes = self.kinds(latents)
        self.lacking.copy_(ridge(codes, left)[0])
        left -= codes @ self.lacking
        principal = principal_components(left, self.detail)
        spanned = len(principal.components)
        self.rest.copy_(principal.mean)
        self.texture[:spanned] = principal.components * principal.deviation[:, None]
        return float(1 - (left.var(0).sum() - principal.deviation.square().sum()) / total)

    def _images(self) -> list[nn.Parameter]:
        return [self.mean, self.components, self.rest, self.lacking, self.texture]

    def _plain(self) -> None:
        """Leave nothing but the appearance model and its moves."""
        for images in (self.rest, self.lacking, self.texture):
            images.zero_()
        for sharpening in self.sharpening:
            cast(Sharpening, sharpening).reset()
