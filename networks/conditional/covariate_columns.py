"""Covariates as people have them, some missing, into the columns of a design."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: how a covariate enters: a number, which may bend; a positive number by its logarithm; 0 or 1 as −1 or 1; one of
#: K words, 0 to K − 1, as ``words:K``
KINDS = ("number", "log", "pair", "words")
#: quantiles of a bending number's four knots (Harrell 2015, Regression Modeling Strategies, table 2.3).
#: Sensitivity: not measured
QUANTILES = (0.05, 0.35, 0.65, 0.95)
#: quantiles between which covariates count as learned from: no single person's value is kept. Sensitivity: none of
#: what is drawn; they decide who is warned
RANGE = (0.01, 0.99)
#: columns that a number has: itself, and two that bend between four knots
OF_A_NUMBER = 3


class CovariateColumns(nn.Module):
    """Columns c of a design: standardised, centred where they were fitted, 0 where a covariate is missing.

    A number x has the restricted cubic spline's columns (Harrell): x, and two that bend between the knots and
    are straight beyond the outer ones, so that nothing grows with a power of the distance where there is no
    data. They bend where x varies by more than ``bending``, and are 0 where it does not: people too alike in
    age tell no bend.

    Args:
        kinds: of each covariate, one of :data:`KINDS`; words with their number, such as ``words:3``.
        bending: standard deviation of a number, in its own unit, from which it bends.

    Raises:
        ValueError: a kind that there is not, or none at all.
    """

    owner: Tensor
    knots: Tensor
    centre: Tensor
    scale: Tensor
    lowest: Tensor
    highest: Tensor

    def __init__(self, kinds: Sequence[str], bending: float = 6.0) -> None:
        super().__init__()
        #: how many words each covariate has; 0 of what is no word
        self.words = [_words(kind) for kind in kinds]
        pairs = zip(kinds, self.words, strict=True)
        strange = [kind for kind, words in pairs if words == 1 or (not words and kind not in KINDS[:-1])]
        if not kinds or strange:
            raise ValueError(
                f"kinds: expected one or more of {', '.join(KINDS)}, got {strange if kinds else 'none'}"
            )
        self.kinds = list(kinds)
        self.bending = bending
        widths = [
            words - 1 if words else OF_A_NUMBER if kind == "number" else 1
            for kind, words in zip(kinds, self.words, strict=True)
        ]
        owner = [i for i, width in enumerate(widths) for _ in range(width)]
        #: (q,) the covariate that each column is of
        self.register_buffer("owner", torch.tensor(owner), persistent=False)
        self.register_buffer("knots", torch.zeros(len(kinds), len(QUANTILES)))
        self.register_buffer("centre", torch.zeros(len(owner)))
        self.register_buffer("scale", torch.zeros(len(owner)))
        #: (k,) the range of each covariate among those it was fitted to
        self.register_buffer("lowest", torch.zeros(len(kinds)))
        self.register_buffer("highest", torch.zeros(len(kinds)))

    def forward(self, covariates: Tensor) -> Tensor:
        """Map covariates ``(B, k)``, NaN where missing, to columns ``(B, q)``."""
        columns = (self._raw(covariates) - self.centre) * self.scale
        return torch.where(torch.isfinite(columns), columns, torch.zeros_like(columns))

    def known(self, covariates: Tensor) -> Tensor:
        """Return which covariates ``(B, k)`` are not missing, 0 or 1."""
        return torch.isfinite(covariates).to(covariates)

    def outside(self, covariates: Tensor) -> Tensor:
        """Return how far ``(B, k)`` covariates lie outside of the range learned from, in their unit; 0 within."""
        beyond = torch.maximum(self.lowest - covariates, covariates - self.highest).clamp(min=0)
        return torch.where(torch.isfinite(beyond), beyond, torch.zeros_like(beyond))

    @torch.no_grad()
    def fit(self, covariates: Tensor) -> None:
        """Set knots, centres and scales to covariates ``(n, k)``, NaN where missing.

        Raises:
            ValueError: a covariate of which fewer than two different values are known.
        """
        for i, kind in enumerate(self.kinds):
            values = covariates[:, i]
            values = values[torch.isfinite(values)]
            if len(values) < 2 or bool(values.min() == values.max()):
                raise ValueError(f"covariate {i + 1}: expected people who differ in it, got none")
            self.lowest[i], self.highest[i] = torch.quantile(values, torch.tensor(RANGE).to(values))
            if kind == "number":
                self.knots[i] = torch.quantile(values, torch.tensor(QUANTILES).to(values))
        raw = self._raw(covariates.to(self.centre))
        for column, i in enumerate(self.owner.tolist()):
            values = raw[:, column]
            values = values[torch.isfinite(values)]
            first = column == 0 or int(self.owner[column - 1]) != i
            straight = self.kinds[i] == "number" and not first and self._straight(covariates[:, i])
            spread = values.std()
            if self.kinds[i] == "pair":
                self.centre[column], self.scale[column] = 0.5, 2.0
            else:
                self.centre[column] = values.mean()
                # a word of nobody tells nothing
                self.scale[column] = 0.0 if straight or float(spread) == 0 else 1 / spread

    def _straight(self, values: Tensor) -> bool:
        values = values[torch.isfinite(values)]
        return bool(values.std() <= self.bending)

    def _raw(self, covariates: Tensor) -> Tensor:
        """Return columns ``(B, q)`` before they are standardised."""
        parts: list[Tensor] = []
        for i, kind in enumerate(self.kinds):
            value = covariates[:, i]
            if kind == "log":
                parts.append(value.log())
            elif kind == "pair":
                parts.append(value)
            elif self.words[i] > 0:
                for word in range(1, self.words[i]):
                    parts.append(torch.where(torch.isfinite(value), (value == word).to(value), value))
            else:
                first, second, third, last = self.knots[i].unbind()
                wide = (last - first).clamp(min=1e-6)
                gap = (last - third).clamp(min=1e-6)
                parts.append(value)
                for knot in (first, second):
                    bend = (value - knot).clamp(min=0) ** 3
                    bend = bend - (value - third).clamp(min=0) ** 3 * (last - knot) / gap
                    bend = bend + (value - last).clamp(min=0) ** 3 * (third - knot) / gap
                    parts.append(bend / wide**2)
        return torch.stack(parts, 1)


def _words(kind: str) -> int:
    """Return how many words a kind has, 0 of one that is no words."""
    name, _, count = kind.partition(":")
    return int(count) if name == "words" and count.isdecimal() else 0
