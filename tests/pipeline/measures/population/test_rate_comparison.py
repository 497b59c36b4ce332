"""Rows side by side: what stands where, and what fails."""

from dataclasses import replace

from brainaging.pipeline.measures.population.measured_rates import MeasuredRate
from brainaging.pipeline.measures.population.published_rates import read_published_rates
from brainaging.pipeline.measures.population.rate_comparison import compare_rates
from brainaging.pipeline.measures.population.structures import AGE_SPANS, AgeSpan

PUBLISHED = read_published_rates()
YOUNG, _, OLD = AGE_SPANS
LOSS = MeasuredRate("hippocampus", "volume", OLD, -30.0, 4)


def rows_of(rate, published=PUBLISHED):
    rows = compare_rates(published, {"planted": [rate]})
    return [row for row in rows if "planted" in row.measured]


def test_everything_published_has_a_row_without_anything_measured_too():
    rows = compare_rates(PUBLISHED, {})
    assert {row.structure for row in rows} == {rate.structure for rate in PUBLISHED}
    assert all(row.published is not None and row.verdict("planted") == "" for row in rows)
    assert not any(row.fails("planted") for row in rows)


def test_a_rate_outside_fails_one_within_does_not():
    (row,) = rows_of(LOSS)
    assert (row.verdict("planted"), row.fails("planted"), row.fails("learned")) == ("below", True, False)
    (row,) = rows_of(replace(LOSS, percent_a_decade=-8.0))
    assert (row.verdict("planted"), row.fails("planted")) == ("within", False)


def test_nearly_the_same_structure_gets_a_verdict_and_cannot_fail():
    nearly = [replace(rate, comparable="nearly") for rate in PUBLISHED]
    (row,) = rows_of(LOSS, nearly)
    assert (row.verdict("planted"), row.fails("planted")) == ("below", False)


def test_ages_inside_a_span_stand_in_its_row_and_what_is_not_published_has_no_verdict():
    (row,) = rows_of(replace(LOSS, ages=AgeSpan(22, 37)))
    assert row.ages == YOUNG
    (row,) = rows_of(LOSS, [rate for rate in PUBLISHED if rate.structure != "hippocampus"])
    assert (row.published, row.verdict("planted"), row.fails("planted")) == (None, "", False)
