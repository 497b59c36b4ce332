"""The conditional generator: noise and covariates into latents by a flow, latents into brains by the decoder."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from brainaging.networks.conditional.conditional_flow import ConditionalFlow
from brainaging.networks.generator import T1wGenerator
from brainaging.networks.grid_bound import GridBound
from brainaging.networks.mask import Mask

_BATCH = 32


class T1wConditionalGenerator(GridBound):
    """Brains of people with covariates c: G(z, ε) with z drawn by :class:`ConditionalFlow` given c.

    x = G(z, ε) + Aᵀc. G is :class:`brainaging.networks.T1wGenerator` as it starts, in closed form: its appearance
    model, what that lacks, and the detail that no latent tells. Its perceptrons, which adversarial training moves,
    stay zero. What brains are more than G(z), their detail, has a mean that goes with the covariates' columns c
    too: A is its regression. Without it a tenth of the slopes with sex and with age is missing, since latents hold
    what varies most and not all that ages.

    Args:
        mask: bool ``(X, Y, Z)``, the voxels that brains may fill on this grid.
        latent_size: L, numbers in a latent.
        detail: numbers in ε.
        hidden: width of the flow's perceptron.
        kinds: of each covariate, see :class:`brainaging.networks.conditional.covariate_columns.CovariateColumns`.
        bending: standard deviation of a number from which the flow bends with it.
        grid: fingerprint of the grid.
        restricted: whether restricted values steer the fit; weights keep it.
    """

    typical: Tensor

    def __init__(
        self,
        mask: Mask,
        latent_size: int = 200,
        detail: int = 900,
        hidden: int = 256,
        kinds: Sequence[str] = ("number", "pair", "log"),
        bending: float = 6.0,
        grid: str = "",
        restricted: bool = False,
    ) -> None:
        super().__init__(grid)
        self.restricted = restricted
        self.decoder = T1wGenerator(mask, latent_size, detail, hidden=1, lattice=2, grid=grid)
        self.decoder.requires_grad_(False)
        self.flow = ConditionalFlow(latent_size, kinds, hidden, bending)
        self.latent_size, self.detail, self.covariates = latent_size, detail, len(kinds)
        columns = len(self.flow.columns.owner)
        #: A, (q, v): what detail is on average for each column, in the decoder's voxels
        self.register_buffer("typical", torch.zeros(columns, len(self.decoder.voxels)))

    def forward(
        self,
        noise: Tensor,
        covariates: Tensor | None = None,
        detail: Tensor | None = None,
        steps: int = 32,
        guidance: float = 1.0,
    ) -> Tensor:
        """Map noise ``(B, L)`` to volumes ``(B, 1, X, Y, Z)``.

        Args:
            noise: N(0, I).
            covariates: ``(B, k)``, NaN where any will do; None of all.
            detail: ``(B, D)``, N(0, I); None for its mean.
            steps: of the flow.
            guidance: weight of the covariates; 1 as people are.
        """
        if covariates is None:
            covariates = torch.full([len(noise), self.covariates], float("nan")).to(noise)
        return self.brains(self.flow.draw(noise, covariates, steps, guidance), covariates, detail)

    @torch.jit.export
    def brains(self, z: Tensor, covariates: Tensor, detail: Tensor | None = None) -> Tensor:
        """Map latents ``(B, L)`` of people with covariates ``(B, k)`` to volumes ``(B, 1, X, Y, Z)``."""
        made = self.decoder.on_lattice(z, detail)
        more = self.flow.columns(covariates) @ self.typical
        return self.decoder.local(made.flatten(1).index_add(1, self.decoder.voxels, more).view(made.shape), detail)

    def get_extra_state(self) -> dict[str, Any]:
        """Return what ``state_dict`` keeps with the weights: the grid, and whether restricted values steered."""
        return {**super().get_extra_state(), "restricted": self.restricted}

    def set_extra_state(self, state: Any) -> None:
        """Compare a checkpoint's grid with this network's; raises as :meth:`GridBound.set_extra_state`."""
        super().set_extra_state(state)
        self.restricted = bool(state.get("restricted", False))

    def encode(self, x: Tensor) -> Tensor:
        """Map volumes ``(B, 1, X, Y, Z)`` to latents ``(B, L)``, in closed form."""
        return self.decoder.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Map latents ``(B, L)`` to their expected brains ``(B, 1, X, Y, Z)``."""
        return self.decoder.decode(z)

    def draw(self, count: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Return noise ``(n, L)`` and details ``(n, D)``, drawn on the CPU: same seed, same brains."""
        return self.decoder.draw(count, generator)

    @torch.no_grad()
    def start_from(self, volumes: Tensor, covariates: Tensor, flip: bool = True) -> float:
        """Fit decoder and flow, in closed form, to volumes ``(n, 1, X, Y, Z)`` and covariates ``(n, k)``.

        Args:
            volumes: training subjects only.
            covariates: theirs, NaN where missing.
            flip: add each volume's mirror image, whose covariates are the same.

        Returns:
            the share of what latents leave that detail spans.

        Raises:
            ValueError: as :meth:`T1wGenerator.start_from` and :meth:`ConditionalFlow.start_from`.
        """
        both = torch.cat([volumes, volumes.flip(2)]) if flip else volumes
        latents = self.decoder.fit_appearance(volumes, flip)
        share = self.decoder.fit_detail(volumes, flip, latents)
        own = covariates.to(latents)
        own = torch.cat([own, own]) if flip else own
        self.flow.start_from(latents, own)
        complete = torch.isfinite(own).all(1)
        columns = self.flow.columns(own[complete])
        weights = torch.linalg.pinv((columns - columns.mean(0)).double(), rtol=1e-6).to(columns)
        self.typical.zero_()
        pairs = zip(
            both[complete].split(_BATCH), latents[complete].split(_BATCH), weights.split(_BATCH, 1), strict=True
        )
        for volume, z, weight in pairs:
            seen = self.decoder.local.coarse(volume.to(latents))
            left = (seen - self.decoder.on_lattice(z)).flatten(1)[:, self.decoder.voxels]
            self.typical += weight @ left
        return share
