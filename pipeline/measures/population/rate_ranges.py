"""The range of published rates of a structure at some ages, and whether a rate lies in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from brainaging.pipeline.measures.population.published_rates import PublishedRate
from brainaging.pipeline.measures.population.structures import AgeSpan

WITHIN, BELOW, ABOVE = "within", "below", "above"
#: share of the shorter of two spans of ages that must be common to both. Sensitivity: which sources stand in which
#: row; a source of 35 to 70 years, say, counts for 40 to 60 alone
COMMON = 0.5


@dataclass(frozen=True)
class RateRange:
    """From ``low`` to ``high`` per cent a decade, by ``rates``; whether the sources' structure is ``exactly`` the
    one that is measured here.
    """

    low: float
    high: float
    exactly: bool
    rates: tuple[PublishedRate, ...]


def published_range(
    rates: Sequence[PublishedRate], structure: str, measure: str, ages: AgeSpan
) -> RateRange | None:
    """Return the range of the published rates of a structure's measure at ``ages``; None where there are none.

    From the lowest to the highest figure of any source whose ages overlap by more than half. Sources whose
    structure is nearly the same are used where none has the same.
    """
    here = [
        rate
        for rate in rates
        if rate.structure == structure and rate.measure == measure and _overlap(rate.ages, ages) > COMMON
    ]
    for comparable in ("yes", "nearly"):
        kept = tuple(rate for rate in here if rate.comparable == comparable)
        if kept:
            lows, highs = zip(*(rate.percent_a_decade for rate in kept), strict=True)
            return RateRange(min(lows), max(highs), comparable == "yes", kept)
    return None


def verdict(percent_a_decade: float, published: RateRange) -> str:
    """Return "within", "below" or "above" for a rate (per cent a decade) beside a published range."""
    if percent_a_decade < published.low:
        return BELOW
    return ABOVE if percent_a_decade > published.high else WITHIN


def _overlap(first: AgeSpan, second: AgeSpan) -> float:
    """Return the years that two spans have in common, by those of the shorter."""
    shorter = min(first.years, second.years)
    if shorter == 0:
        one, other = sorted((first, second), key=lambda span: span.years)
        return float(other.low <= one.low < other.high or one == other)
    return max(min(first.high, second.high) - max(first.low, second.low), 0.0) / shorter
