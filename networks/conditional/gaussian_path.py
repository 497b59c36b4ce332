"""The rectified flow of a Gaussian in closed form, whatever of its covariates is known."""

import torch
from torch import Tensor, nn

#: least variance of a direction of the latents, theirs being 1: keeps inverse roots finite. Sensitivity: not
#: measured
LEAST = 1e-4
#: covariates whose patterns of missing ones are kept; each of 2^k has a matrix of its own
MOST = 6


class GaussianPath(nn.Module):
    """z | c ~ N(m(c), S), and the straight paths x(s) = s z + (1 − s) ε to it from ε ~ N(0, I), in closed form.

    Of a joint Gaussian of columns c and latents z, m(c) = μ + Bᵀc is the regression and S what it leaves. Along
    the paths x is N(s m, D²) with D² = s² S + (1 − s)² I, and the velocity of the flow (Liu et al. 2023, ICLR),

        E[z − ε | x] = m + (s S − (1 − s) I) D⁻² (x − s m),

    keeps r = D⁻¹ (x − s m) still: the whole flow is x = s m + D r, from r = ε to z = m + S^½ ε. It needs no steps,
    and what a network adds to the velocity moves r alone.

    Which covariates are missing, a pattern, decides what is conditioned on: each of the 2^k has its own m and
    S, so that missing ones are integrated out, all of them missing too.

    Args:
        size: L, numbers in a latent.
        owner: (q,) the covariate that each column is of.

    Raises:
        ValueError: more than six covariates.
    """

    mean: Tensor
    slopes: Tensor
    axes: Tensor
    variances: Tensor
    powers: Tensor

    def __init__(self, size: int, owner: Tensor) -> None:
        super().__init__()
        covariates = int(owner.max()) + 1
        if covariates > MOST:
            raise ValueError(f"expected at most {MOST} covariates, got {covariates}")
        patterns = 2**covariates
        self.owner = owner.tolist()
        self.register_buffer("powers", 2 ** torch.arange(covariates), persistent=False)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("slopes", torch.zeros(patterns, len(owner), size))
        self.register_buffer("axes", torch.eye(size).repeat(patterns, 1, 1))
        self.register_buffer("variances", torch.ones(patterns, size))

    def pattern(self, known: Tensor) -> Tensor:
        """Return the number ``(B,)`` of each row's pattern of known covariates ``(B, k)``."""
        return (known.long() * self.powers).sum(1)

    def expected(self, columns: Tensor, pattern: Tensor) -> Tensor:
        """Return m(c) ``(B, L)`` of columns ``(B, q)``."""
        return self.mean + torch.bmm(columns[:, None], self.slopes[pattern])[:, 0]

    def spread(self, values: Tensor, pattern: Tensor, s: Tensor, power: float) -> Tensor:
        """Return D to a power times values ``(B, L)`` at times s ``(B,)``."""
        variances = s[:, None] ** 2 * self.variances[pattern] + (1 - s[:, None]) ** 2
        return self._along(values, pattern, variances ** (power / 2))

    def velocity(self, x: Tensor, columns: Tensor, pattern: Tensor, s: Tensor) -> Tensor:
        """Return E[z − ε | x] ``(B, L)`` at x ``(B, L)``, of columns ``(B, q)`` and times s ``(B,)``."""
        mean, time, own = self.expected(columns, pattern), s[:, None], self.variances[pattern]
        factors = (time * own - (1 - time)) / (time**2 * own + (1 - time) ** 2)
        return mean + self._along(x - time * mean, pattern, factors)

    @torch.no_grad()
    def fit(self, latents: Tensor, columns: Tensor, known: Tensor) -> None:
        """Fit to latents ``(n, L)``, columns ``(n, q)`` and known covariates ``(n, k)``, of complete rows alone.

        Raises:
            ValueError: too few people of whom all covariates are known.
        """
        complete = known.bool().all(1)
        z, c = latents[complete].double(), columns[complete].double()
        if len(z) < len(self.owner) + 3:
            raise ValueError(
                f"expected more than {len(self.owner) + 2} people of whom every covariate is known, got {len(z)}"
            )
        self.mean.copy_(z.mean(0))
        away, z = c.mean(0), z - z.mean(0)
        c = c - away
        for pattern in range(len(self.slopes)):
            chosen = [column for column, i in enumerate(self.owner) if pattern >> i & 1]
            slopes = torch.zeros(c.shape[1], z.shape[1], dtype=z.dtype, device=z.device)
            if chosen:
                slopes[chosen] = torch.linalg.pinv(c[:, chosen], rtol=1e-6) @ z
            left = z - c @ slopes
            variances, axes = torch.linalg.eigh(left.T @ left / (len(z) - 1 - len(chosen)))
            # an axis has no sign: the same on every machine, and in every process
            axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
            self.slopes[pattern].copy_(slopes)
            self.axes[pattern].copy_(axes)
            self.variances[pattern].copy_(variances.clamp(min=LEAST))

    def _along(self, values: Tensor, pattern: Tensor, factors: Tensor) -> Tensor:
        """Return values ``(B, L)``, multiplied by factors ``(B, L)`` along each pattern's axes."""
        # alone in its line: TorchScript skips what stands under it
        if not torch.jit.is_scripting():  # noqa: SIM102
            if torch.compiler.is_exporting():
                # an exported graph has no branches by what is in a batch
                own = self.axes[pattern]
                along = torch.bmm(values[:, None], own)[:, 0] * factors
                return torch.bmm(own, along[:, :, None])[:, :, 0]
        result = torch.zeros_like(values)
        # by pattern, since a matrix for each row would cost L times what the rows hold
        for number in range(len(self.axes)):
            rows = (pattern == number).nonzero()[:, 0]
            if len(rows) > 0:
                axes = self.axes[number]
                result = result.index_copy(0, rows, ((values[rows] @ axes) * factors[rows]) @ axes.T)
        return result
