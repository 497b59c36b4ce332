"""The encoder that inverts the generator: from a brain to the latent that makes it, by learned descent."""

import torch
from torch import Tensor, nn

from brainaging.networks.generator import T1wGenerator
from brainaging.networks.grid_bound import GridBound
from brainaging.networks.linear.pca import principal_components
from brainaging.networks.mask import Mask

_BATCH = 32


class T1wLatentEncoder(GridBound):
    """Latents z of volumes x such that G(z) is like x, G a trained :class:`T1wGenerator` that is held fixed.

    With z₀ the generator's own closed-form code and Π the projection away from the span of its detail Q,

        z_{t+1} = z_t + A_t Π (x − G(z_t)) + B_t z_t + b_t,    t = 0 … T − 1.

    That is the search of active appearance models (Cootes et al. 2001, IEEE TPAMI 23:681) as supervised descent
    (Xiong and De la Torre 2013, CVPR): what a brain has that its reconstruction lacks says, by one matrix, which
    way its latent lies. Π takes out what the generator draws at random, so that detail is no noise for the
    latent. A, B and b are fitted to generated brains, whose latents are known, by ridge regression, and may be
    trained further.

    Args:
        mask: of the generator.
        latent_size: L, numbers in z.
        steps: T.
        grid: fingerprint of the grid.
        sizes: the generator's others, by name.
    """

    basis: Tensor

    def __init__(
        self, mask: Mask, latent_size: int = 100, *, steps: int = 2, grid: str = "", **sizes: int
    ) -> None:
        super().__init__(grid)
        if steps < 1:
            raise ValueError(f"steps must be positive, got {steps}")
        self.generator = T1wGenerator(mask, latent_size, grid=grid, **sizes).requires_grad_(False)
        voxels = len(self.generator.voxels)
        self.latent_size, self.steps = latent_size, steps
        # Π's basis is a combination of the rows of Q: on a lattice that alone is kept, and not a second Q
        self.compact = self.generator.local.factor > 1
        rank = min(self.generator.detail, voxels)
        self.register_buffer("basis", torch.zeros(rank, self.generator.detail if self.compact else voxels))
        self.image = nn.Parameter(torch.zeros(steps, latent_size, voxels))
        self.own = nn.Parameter(torch.zeros(steps, latent_size, latent_size))
        self.bias = nn.Parameter(torch.zeros(steps, latent_size))

    def forward(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to latents ``(B, L)``."""
        x = self.generator.local.coarse(x)
        z = self.generator.kinds.inverse(self.generator.appearance(x))
        for step in range(self.steps):
            z = z + self._left(x, z) @ self.image[step].T + z @ self.own[step].T + self.bias[step]
        return z

    def encode(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to latents ``(B, L)``."""
        return self.forward(x)

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to their expected brains ``(B, 1, X, Y, Z)``."""
        return self.generator(z)

    def left(self, x: Tensor, z: Tensor) -> Tensor:
        """Return Π (x − G(z)) ``(B, v)`` inside the mask, at the lattice's nodes where there are any."""
        return self._left(self.generator.local.coarse(x), z)

    def _left(self, coarse: Tensor, z: Tensor) -> Tensor:
        inside = self._error(coarse, z)
        along = self._along(inside)
        if self.compact:
            return inside - (along @ self.basis) @ self.generator.texture
        return inside - along @ self.basis

    def _error(self, coarse: Tensor, z: Tensor) -> Tensor:
        return (coarse - self.generator.on_lattice(z)).flatten(1)[:, self.generator.voxels]

    def _along(self, inside: Tensor) -> Tensor:
        if self.compact:
            return (inside @ self.generator.texture.T) @ self.basis.T
        return inside @ self.basis.T

    def detail(self, x: Tensor, z: Tensor) -> Tensor:
        """Return the expected detail ε ``(B, D)`` of volumes ``(B, 1, X, Y, Z)`` whose latents are ``(B, L)``.

        With r = x − G(z) = Qᵀε + noise and ε ~ N(0, I), that is ε̂ = (QQᵀ + σ²I)⁻¹ Qr, where the scan itself says
        how large the noise is: σ² is its variance in what Q does not span (Tipping and Bishop 1999, JRSS B
        61:611, with a mean and variance for each scan). G(z, ε̂) is the scan as far as the generator can make it.
        """
        inside = self._error(self.generator.local.coarse(x), z)
        along = self._along(inside)
        texture = self._along(self.generator.texture).T
        power = texture.square().sum(1)
        beyond = max(inside.shape[1] - int((power > 0).sum()), 1)
        noise = (inside.square().sum(1) - along.square().sum(1)) / beyond
        return (along / (power + noise.clamp_min(1e-12)[:, None])) @ texture

    @torch.no_grad()
    def fit_descent(
        self, count: int, components: int = 1000, penalty: float = 0.3, draws: torch.Generator | None = None
    ) -> list[float]:
        """Fit every step to ``count`` generated brains; call it once the generator has its weights.

        Args:
            count: generated brains; twice the components at least.
            components: principal components of what is left, on which a step is fitted; fewer where ``count``
                asks for it.
            penalty: of the ridge, for components and codes of unit variance, by generated brain.
            draws: of latents and detail.

        Returns:
            R² of z over the generated brains before the first step and after each.

        Raises:
            ValueError: too few generated brains.
        """
        if count < 4:
            raise ValueError(f"count must be at least 4, got {count}")
        self._span()
        z, detail = self.generator.draw(count, draws)
        pairs = list(zip(z.split(_BATCH), detail.split(_BATCH), strict=True))
        self.image.zero_()
        self.own.zero_()
        self.bias.zero_()
        generator = self.generator
        inverse = generator.kinds.inverse
        latents = torch.cat([inverse(generator.appearance(generator.on_lattice(*pair))) for pair in pairs])
        scores = [_r2(latents, z)]
        for step in range(self.steps):
            left = torch.cat(
                [
                    self._left(generator.on_lattice(*pair), own)
                    for pair, own in zip(pairs, latents.split(_BATCH), strict=True)
                ]
            )
            principal = principal_components(left, min(components, count // 2))
            unit = principal.components / principal.deviation[:, None]
            inputs = torch.cat([(left - principal.mean) @ unit.T, latents], 1).double()
            centre = inputs.mean(0)
            inputs -= centre
            towards = (z - latents).double()
            gram = inputs.T @ inputs + penalty * count * torch.eye(inputs.shape[1], device=inputs.device).double()
            weights = torch.linalg.solve(gram, inputs.T @ (towards - towards.mean(0))).T.float()
            image, own = weights[:, : len(unit)] @ unit, weights[:, len(unit) :]
            bias = towards.mean(0).float() - weights @ centre.float() - image @ principal.mean
            self.image[step], self.own[step], self.bias[step] = image, own, bias
            latents = latents + left @ image.T + latents @ own.T + bias
            scores.append(_r2(latents, z))
        return scores

    def _span(self) -> None:
        """Set Π to the span of the generator's detail."""
        values, vectors = torch.linalg.eigh((self.generator.texture @ self.generator.texture.T).double())
        self.basis.zero_()
        if float(values[-1]) <= 0:  # a generator without detail
            return
        keep = values > 1e-8 * values[-1]
        basis = (vectors[:, keep] / values[keep].sqrt()).T
        if not self.compact:
            basis = basis @ self.generator.texture.double()
        self.basis[: len(basis)] = basis.float()


def _r2(estimate: Tensor, truth: Tensor) -> float:
    """Return the mean over latents ``(n, L)`` of R²."""
    error, spread = (estimate - truth).square().sum(0), (truth - truth.mean(0)).square().sum(0)
    return float((1 - error / spread).mean())
