"""Ranges of published rates and verdicts: laws of matching ages, and what is only nearly the same structure."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.measures.population.published_rates import PER_DECADE, read_published_rates
from brainaging.pipeline.measures.population.rate_ranges import published_range, verdict
from brainaging.pipeline.measures.population.structures import AgeSpan

OLD = AgeSpan(60, 80)
RATE = replace(
    read_published_rates()[0],
    structure="hippocampus",
    measure="volume",
    comparable="yes",
    age_low=60,
    age_high=80,
    rate=-5.0,
    low=-6.0,
    high=-4.0,
    unit=PER_DECADE,
)


def test_a_range_goes_from_the_lowest_to_the_highest_of_all_sources():
    second = replace(RATE, low=-12.0, rate=-10.0, high=-8.0)
    found = published_range([RATE, second], "hippocampus", "volume", OLD)
    assert (found.low, found.high, found.exactly, len(found.rates)) == (-12.0, -4.0, True, 2)


def test_other_structures_measures_and_ages_do_not_count():
    for other in ({"structure": "thalamus"}, {"measure": "thickness"}, {"age_low": 20, "age_high": 40}):
        assert published_range([replace(RATE, **other)], "hippocampus", "volume", OLD) is None


def test_nearly_the_same_structure_counts_where_there_is_no_other_and_is_said():
    nearly = replace(RATE, comparable="nearly", low=-30.0)
    found = published_range([nearly], "hippocampus", "volume", OLD)
    assert (found.low, found.exactly) == (-30.0, False)
    assert published_range([nearly, RATE], "hippocampus", "volume", OLD).low == -6.0
    assert published_range([replace(RATE, comparable="no")], "hippocampus", "volume", OLD) is None


@pytest.mark.parametrize(
    ("ages", "counts"),
    [
        ((35, 70), False),  # half of the span and no more
        ((73, 79), True),  # inside
        ((65, 97), True),
        ((20, 90), True),
        ((70, 70), True),  # a slope of a curve at one age
        ((80, 80), False),
        ((60, 60), True),
        ((40, 60), False),
    ],
)
def test_a_source_counts_where_more_than_half_of_the_shorter_span_is_common(ages, counts):
    source = replace(RATE, age_low=ages[0], age_high=ages[1])
    assert (published_range([source], "hippocampus", "volume", OLD) is not None) == counts


@given(rate=st.floats(-40, 40))
def test_a_rate_has_one_verdict(rate):
    known = published_range([RATE], "hippocampus", "volume", OLD)
    assert verdict(rate, known) == ("below" if rate < -6 else "above" if rate > -4 else "within")


def test_the_package_has_a_range_of_ventricles_and_hippocampus_at_every_age():
    rates = read_published_rates()
    for structure in ("lateral ventricles", "hippocampus", "thalamus", "cortex", "whole brain"):
        ranges = [published_range(rates, structure, "volume", AgeSpan(low, low + 20)) for low in (20, 40, 60)]
        assert all(found is not None and found.exactly for found in ranges), structure
        # ventricles grow, all else shrinks, and at no age more slowly than before
        middles = [abs(found.low + found.high) / 2 for found in ranges]
        assert middles == sorted(middles) or structure in ("cortex", "hippocampus")
