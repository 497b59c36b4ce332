"""What a search varies: one value of a bundle's config, between two numbers or among choices."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Varied:
    """A value of a config that trials vary.

    Attributes:
        name: its id in the config, nested ones as ``train#trainer#amp``.
        low, high: the ends, both whole numbers where whole ones are drawn; None for choices.
        log: whether the logarithm is drawn evenly.
        choices: what is chosen from; empty where there are ends.
    """

    name: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Any, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers are drawn."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: object) -> bool:
        """Whether ``value`` is one that a trial could draw."""
        if self.low is None or self.high is None:
            return value in self.choices
        return isinstance(value, int | float) and self.low <= value <= self.high
