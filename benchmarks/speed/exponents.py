"""How a cost grows: the exponent of a power law, by least squares of logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Exponent:
    """Of cost = c · size^value; ``error`` is its standard error, NaN of two sizes, which leave no residual."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.2f}" if np.isnan(self.error) else f"{self.value:.2f} ± {self.error:.2f}"


def fitted_exponent(sizes: Sequence[float], costs: Sequence[float]) -> Exponent:
    """Return the exponent of costs by sizes, (m,) each and positive.

    Raises:
        ValueError: fewer than two different sizes, or a number that has no logarithm.
    """
    x, y = (np.asarray(values, dtype=float) for values in (sizes, costs))
    if len(np.unique(x)) < 2 or min(x.min(), y.min()) <= 0:
        raise ValueError(f"expected two different sizes or more, all numbers positive, got {sizes} and {costs}")
    x, y = np.log(x), np.log(y)
    x, y = x - x.mean(), y - y.mean()
    slope = float(x @ y / (x @ x))
    freedom = len(x) - 2
    if freedom < 1:
        return Exponent(slope, float("nan"))
    return Exponent(slope, float(np.sqrt(((y - slope * x) ** 2).sum() / freedom / (x @ x))))
