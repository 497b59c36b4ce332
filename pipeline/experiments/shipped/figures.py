"""What was measured of weights: figures with intervals, beside what they must beat; on disk, and compared."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from brainaging.pipeline.runtime import atomic_output


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        metric: its name.
        value, low, high: with its 95 % interval, over families of those measured on, conditional on the weights.
        beside: what it stands beside, "" for nothing.
        beside_value: that one's value.
        n: people, or brains, that it was measured on.
    """

    metric: str
    value: float
    low: float
    high: float
    n: int
    beside: str = ""
    beside_value: float = float("nan")

    @property
    def entry(self) -> dict[str, Any]:
        """Return the figure as a bundle's metadata have it."""
        numbers = {name: round(getattr(self, name), 6) for name in ("value", "low", "high")}
        beside = {"beside": self.beside, "beside_value": round(self.beside_value, 6)} if self.beside else {}
        return {**numbers, "n": self.n, **beside}


def outside(figures: Sequence[Figure], shipped: Mapping[str, Any]) -> list[str]:
    """Return the metrics whose value lies outside the interval of what ships: the tolerance of a retraining.

    Args:
        figures: of weights that were trained anew.
        shipped: ``eval_metrics`` of the bundle's metadata.
    """
    return [
        each.metric
        for each in figures
        if each.metric in shipped and not shipped[each.metric]["low"] <= each.value <= shipped[each.metric]["high"]
    ]


def write_figures(figures: Sequence[Figure], path: Path) -> None:
    """Write figures as a table (CSV)."""
    with atomic_output(path) as temporary:
        pd.DataFrame([asdict(each) for each in figures]).to_csv(temporary, index=False, float_format="%.5g")
