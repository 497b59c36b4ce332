"""Rates of change that were measured here: planted in a simulated cohort, learned by an edit, or of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.measures.population.structures import AgeSpan


@dataclass(frozen=True)
class MeasuredRate:
    """How a structure changes between two ages, in per cent a decade, from ``n`` people.

    ``low`` and ``high`` are a 95 % interval, None where there is none.
    """

    structure: str
    measure: str
    ages: AgeSpan
    percent_a_decade: float
    n: int
    low: float | None = None
    high: float | None = None


def percent_a_decade(log_ratio: float, years: float) -> float:
    """Return the change in per cent a decade of what changed by ``log_ratio`` (natural logarithm) in ``years``."""
    return float(100 * np.expm1(10 * log_ratio / years))


def volume_rates(log_ratios: Sequence[Mapping[str, float]], ages: AgeSpan) -> list[MeasuredRate]:
    """Return the mean rates of structures' volumes of people who were each measured at both ends of ``ages``.

    ``log_ratios``, one a person: by structure the logarithm of the volume at the end by that at the start. It is
    the slope of a cohort in which the same people stand at every age: who is old and who is young adds nothing.
    """
    names = dict.fromkeys(name for person in log_ratios for name in person)
    values = {name: [person[name] for person in log_ratios if name in person] for name in names}
    return [
        MeasuredRate(name, "volume", ages, percent_a_decade(float(np.mean(found)), ages.years), len(found))
        for name, found in values.items()
    ]
