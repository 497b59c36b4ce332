"""A rectified flow over latents, conditioned on covariates: the Gaussian's in closed form, and what is learned."""

import math
from collections.abc import Sequence
from typing import cast

import torch
from monai.networks.nets import FullyConnectedNet
from torch import Tensor, nn

from brainaging.networks.conditional.covariate_columns import CovariateColumns
from brainaging.networks.conditional.gaussian_path import GaussianPath

#: cosines of the time that the perceptron sees. Sensitivity: not measured
WAVES = 4


class ConditionalFlow(nn.Module):
    """The flow dx/ds = v(x, s | c) from ε ~ N(0, I) at s = 0 to latents z of people with covariates c at s = 1.

    v = v_G + f(r, c, s): the velocity of the Gaussian that has the training latents' regression on c and what
    that leaves (:class:`brainaging.networks.conditional.gaussian_path.GaussianPath`), which is exact before
    training, and a perceptron that is zero until it is trained, for what is not Gaussian: spreads that grow
    with age, humps, bends. With r = D⁻¹ (x − s m) the flow is

        dr/ds = D⁻¹ (f + (w − 1) (v − v₀)),

    so that the Gaussian's part needs no steps at all, and steps are spent on what was learned and on guidance
    alone (an exponential integrator; Hochbruck and Ostermann 2010, Acta Numerica). w is the weight of guidance
    (Ho and Salimans 2021, "classifier-free"), v₀ the velocity with no covariate known; w = 1 draws people as
    they are.

    Args:
        size: L, numbers in a latent.
        kinds: of each covariate, see :class:`CovariateColumns`.
        hidden: width of the perceptron.
        bending: standard deviation of a number from which it bends.
    """

    waves: Tensor

    def __init__(self, size: int, kinds: Sequence[str], hidden: int = 256, bending: float = 6.0) -> None:
        super().__init__()
        self.size = size
        self.columns = CovariateColumns(kinds, bending)
        owner = self.columns.owner
        self.path = GaussianPath(size, owner)
        inputs = size + len(owner) + len(kinds) + WAVES + 1
        self.learned = FullyConnectedNet(inputs, size, [hidden, hidden], act="swish", adn_ordering="A")
        for weights in cast(nn.Module, self.learned.output).parameters():
            nn.init.zeros_(weights)
        self.register_buffer("waves", math.pi * torch.arange(WAVES + 1), persistent=False)

    @torch.jit.export
    def closed_form(self, x: Tensor, covariates: Tensor, s: Tensor) -> Tensor:
        """Return the Gaussian's velocity ``(B, L)`` alone, of what :meth:`forward` takes."""
        columns = self.columns(covariates)
        return self.path.velocity(x, columns, self.path.pattern(self.columns.known(covariates)), s)

    def forward(self, x: Tensor, covariates: Tensor, s: Tensor) -> Tensor:
        """Return the velocity ``(B, L)`` at x ``(B, L)`` and times s ``(B,)``, of covariates ``(B, k)``."""
        columns, known = self.columns(covariates), self.columns.known(covariates)
        pattern = self.path.pattern(known)
        rest = x - s[:, None] * self.path.expected(columns, pattern)
        rest = self.path.spread(rest, pattern, s, -1.0)
        return self.path.velocity(x, columns, pattern, s) + self._learned(rest, columns, known, s)

    def draw(self, noise: Tensor, covariates: Tensor, steps: int = 32, guidance: float = 1.0) -> Tensor:
        """Return the latents z ``(B, L)`` that noise ``(B, L)`` flows to, of covariates ``(B, k)``."""
        return self._flow(noise, covariates, steps, guidance, True)

    def invert(self, latents: Tensor, covariates: Tensor, steps: int = 32) -> Tensor:
        """Return the noise ``(B, L)`` from which latents ``(B, L)`` come: :meth:`draw` the other way."""
        return self._flow(latents, covariates, steps, 1.0, False)

    @torch.no_grad()
    def start_from(self, latents: Tensor, covariates: Tensor) -> None:
        """Fit the closed form to latents ``(n, L)`` of people with covariates ``(n, k)``, NaN where missing.

        Raises:
            ValueError: too few people whose covariates are all known, or who differ in one.
        """
        self.columns.fit(covariates)
        self.path.fit(latents, self.columns(covariates), self.columns.known(covariates))

    def _learned(self, rest: Tensor, columns: Tensor, known: Tensor, s: Tensor) -> Tensor:
        return self.learned(torch.cat([rest, columns, known, torch.cos(s[:, None] * self.waves)], 1))

    def _flow(self, start: Tensor, covariates: Tensor, steps: int, guidance: float, ahead: bool) -> Tensor:
        """Follow the flow over all times by Heun's rule: the ends are N(m, S) and N(0, I) exactly."""
        columns, known = self.columns(covariates), self.columns.known(covariates)
        pattern = self.path.pattern(known)
        one = torch.ones_like(start[:, 0])
        mean = self.path.expected(columns, pattern)
        rest = start if ahead else self.path.spread(start - mean, pattern, one, -1.0)
        step = 1.0 / steps if ahead else -1.0 / steps
        for i in range(steps):
            at = i / steps if ahead else 1.0 - i / steps
            first = self._slope(rest, mean, columns, known, one * at, guidance)
            second = self._slope(rest + step * first, mean, columns, known, one * (at + step), guidance)
            rest = rest + 0.5 * step * (first + second)
        return mean + self.path.spread(rest, pattern, one, 1.0) if ahead else rest

    def _slope(
        self, rest: Tensor, mean: Tensor, columns: Tensor, known: Tensor, s: Tensor, guidance: float
    ) -> Tensor:
        """Return dr/ds ``(B, L)``."""
        pattern = self.path.pattern(known)
        change = self._learned(rest, columns, known, s)
        if guidance != 1.0:
            x = s[:, None] * mean + self.path.spread(rest, pattern, s, 1.0)
            nothing, no_columns = torch.zeros_like(known), torch.zeros_like(columns)
            none = self.path.pattern(nothing)
            free = self.path.spread(x - s[:, None] * self.path.expected(no_columns, none), none, s, -1.0)
            apart = self.path.velocity(x, columns, pattern, s) + change
            apart = apart - self.path.velocity(x, no_columns, none, s)
            apart = apart - self._learned(free, no_columns, nothing, s)
            change = change + (guidance - 1.0) * apart
        return self.path.spread(change, pattern, s, -1.0)
