"""How a structure's volume runs with age: linear, quadratic, late or logistic."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.simulate.typed_values import between


@dataclass(frozen=True)
class Linear:
    """``per_year`` of log volume from the onset on."""

    per_year: float = between(-0.05, 0.1)
    kind: str = "linear"

    def at(self, age: float, onset: float) -> float:
        """Return the log volume at ``age`` less that at the ``onset``."""
        return self.per_year * (age - onset)


@dataclass(frozen=True)
class Quadratic:
    """``per_year`` at first, and faster: t + ``acceleration`` t² years after the onset."""

    per_year: float = between(-0.05, 0.1)
    acceleration: float = between(0, 1)
    kind: str = "quadratic"

    def at(self, age: float, onset: float) -> float:
        """Return the log volume at ``age`` less that at the ``onset``."""
        time = age - onset
        return self.per_year * (time + self.acceleration * time**2)


@dataclass(frozen=True)
class Late:
    """Nothing for long, then ``per_year``; the turn at ``start`` takes some ``width`` years either side."""

    per_year: float = between(-0.05, 0.1)
    start: float = between(0, 120)
    width: float = between(0.5, 40)
    kind: str = "late"

    def at(self, age: float, onset: float) -> float:
        """Return the log volume at ``age`` less that at the ``onset``."""
        ends = np.logaddexp(0, (np.array([onset, age]) - self.start) / self.width)
        return float(self.per_year * self.width * (ends[1] - ends[0]))


@dataclass(frozen=True)
class Logistic:
    """A change of ``total`` log volume around ``midpoint``, half of it within about ``width`` years either
    side.
    """

    total: float = between(-1, 2)
    midpoint: float = between(0, 120)
    width: float = between(0.5, 40)
    kind: str = "logistic"

    def at(self, age: float, onset: float) -> float:
        """Return the log volume at ``age`` less that at the ``onset``."""
        ends = 1 / (1 + np.exp(-(np.array([onset, age]) - self.midpoint) / self.width))
        return float(self.total * (ends[1] - ends[0]))


Clock = Linear | Quadratic | Late | Logistic


def clock_at(clock: Clock, age: float, onset: float) -> float:
    """Return the log volume of a structure at ``age`` (years) relative to that at the ``onset`` and before."""
    return 0.0 if age <= onset else clock.at(age, onset)
