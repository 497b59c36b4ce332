"""What is published of how brains change with age: rates with their sources, and the ranges that follow."""

from brainaging.pipeline.measures.population.measured_rates import MeasuredRate
from brainaging.pipeline.measures.population.published_rates import PublishedRate, read_published_rates
from brainaging.pipeline.measures.population.rate_comparison import ComparedRate, compare_rates
from brainaging.pipeline.measures.population.rate_ranges import RateRange, published_range, verdict
from brainaging.pipeline.measures.population.structures import AGE_SPANS, STRUCTURES, AgeSpan, structure_of

__all__ = [
    "AGE_SPANS",
    "STRUCTURES",
    "AgeSpan",
    "ComparedRate",
    "MeasuredRate",
    "PublishedRate",
    "RateRange",
    "compare_rates",
    "published_range",
    "read_published_rates",
    "structure_of",
    "verdict",
]
