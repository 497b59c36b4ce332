"""From values to colours: a symmetric scale for differences, a sequential one for means and importances."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np

from brainaging.pipeline.report.drawing.dotplot import nice_step
from brainaging.pipeline.report.drawing.style import ORDERED

# Both are safe for the common colour-vision deficiencies (ColorBrewer). In the first, blue is men's and red is
# women's, as in every figure of the report; the second says nothing of sex.
SEX_DIFFERENCE, OTHER_DIFFERENCE = "RdBu", "PuOr"


@dataclass(frozen=True)
class Scale:
    """Colours for values from ``low`` to ``high``.

    Attributes:
        cmap: matplotlib's name of the colour map.
        label: what the values are, with their unit, for the colour bar.
        logarithmic: whether equal steps of colour are equal ratios.
        ends: what the low and the high end mean, "" for nothing to add.
    """

    low: float
    high: float
    cmap: str
    label: str = ""
    logarithmic: bool = False
    ends: tuple[str, str] = ("", "")

    @property
    def norm(self) -> mpl.colors.Normalize:
        """matplotlib's mapping of the values to 0 … 1."""
        kind = mpl.colors.LogNorm if self.logarithmic else mpl.colors.Normalize
        return kind(self.low, self.high)

    @property
    def colours(self) -> mpl.colors.Colormap:
        """The colour map. The dark ends of diverging maps are cut off: borders must be seen on them."""
        whole = mpl.colormaps[self.cmap]
        if self.cmap == ORDERED:
            return whole
        return mpl.colors.ListedColormap(whole(np.linspace(0.06, 0.94, 256)), self.cmap)

    def rgb(self, values: np.ndarray) -> np.ndarray:
        """Return the colours (n, 3) of values (n,); beyond the ends the end's colour."""
        share = np.asarray(self.norm(np.clip(np.asarray(values, dtype=float), self.low, self.high)), dtype=float)
        return np.asarray(self.colours(share))[:, :3]


def difference_scale(
    values: Iterable[float], label: str, *, cmap: str = OTHER_DIFFERENCE, ends: tuple[str, str] = ("", "")
) -> Scale:
    """Return a scale that is symmetric about zero and reaches a round number beyond every value but NaN."""
    finite = _finite(values)
    largest = float(np.abs(finite).max()) if finite.size else 0.0
    limit = _round_up(largest) if largest > 0 else 1.0
    return Scale(-limit, limit, cmap, label, ends=ends)


def level_scale(
    values: Iterable[float], label: str, *, logarithmic: bool = False, from_zero: bool = False
) -> Scale:
    """Return a sequential scale over the values; logarithmic only where all are positive; NaN is left out."""
    finite = _finite(values)
    if not finite.size:
        return Scale(0.0, 1.0, ORDERED, label)
    low, high = float(finite.min()), float(finite.max())
    if logarithmic and low > 0:
        if high <= low * 1.01:
            low, high = low / 1.1, high * 1.1
        return Scale(low, high, ORDERED, label, logarithmic=True)
    if from_zero and low >= 0:
        low = 0.0
    if high <= low:
        low, high = low - (abs(low) or 1.0) / 10, high + (abs(high) or 1.0) / 10
    return Scale(low, high, ORDERED, label)


def _finite(values: Iterable[float]) -> np.ndarray:
    numbers = np.asarray(list(values), dtype=float)
    return numbers[np.isfinite(numbers)]


def _round_up(largest: float) -> float:
    step = nice_step(largest)
    return step * math.ceil(largest / step - 1e-9)
