"""Published, planted and learned rates side by side, with a verdict a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from brainaging.pipeline.measures.population.measured_rates import MeasuredRate
from brainaging.pipeline.measures.population.published_rates import MEASURES, PublishedRate
from brainaging.pipeline.measures.population.rate_ranges import WITHIN, RateRange, published_range, verdict
from brainaging.pipeline.measures.population.structures import AGE_SPANS, STRUCTURES, AgeSpan


@dataclass(frozen=True)
class ComparedRate:
    """A structure's measure at some ages: the range of ``published`` rates (None where there is none) and what was
    ``measured``, by where ("planted", "learned", "table").
    """

    structure: str
    measure: str
    ages: AgeSpan
    published: RateRange | None
    measured: Mapping[str, MeasuredRate]

    def verdict(self, where: str) -> str:
        """Return "within", "below" or "above"; "" where nothing was measured or published."""
        rate = self.measured.get(where)
        return "" if rate is None or self.published is None else verdict(rate.percent_a_decade, self.published)

    def fails(self, where: str) -> bool:
        """Say whether a rate lies outside what is published of exactly this structure."""
        exactly = self.published is not None and self.published.exactly
        return exactly and self.verdict(where) not in ("", WITHIN)


def compare_rates(
    published: Sequence[PublishedRate],
    measured: Mapping[str, Sequence[MeasuredRate]],
    spans: Sequence[AgeSpan] = AGE_SPANS,
) -> list[ComparedRate]:
    """Return a row for every structure, measure and span of ages of which something is published or measured.

    ``measured`` is by where. What was measured between other ages stands in the row of the span that holds them.
    """
    rows = []
    for structure in STRUCTURES:
        for measure in MEASURES:
            for span in spans:
                found = {
                    where: rate
                    for where, rates in measured.items()
                    for rate in rates
                    if (rate.structure, rate.measure) == (structure, measure)
                    and span.low <= rate.ages.low < rate.ages.high <= span.high
                }
                known = published_range(published, structure, measure, span)
                if found or known is not None:
                    rows.append(ComparedRate(structure, measure, span, known, found))
    return rows
