"""Rates as a table on a terminal, and as rows of CSV."""

from io import StringIO

import pytest
from rich.console import Console

from brainaging.pipeline.cli.work.rates_table import rates_table, source_lines, to_frame
from brainaging.pipeline.measures.population import (
    AGE_SPANS,
    AgeSpan,
    MeasuredRate,
    compare_rates,
    read_published_rates,
)

PUBLISHED = read_published_rates()
OLD = AGE_SPANS[2]
MEASURED = {
    "planted": [MeasuredRate("hippocampus", "volume", OLD, -30.0, 4)],
    "table": [MeasuredRate("hippocampus", "volume", AgeSpan(60, 75), -5.0, 40, -7.0, -3.0)],
}


@pytest.fixture
def printed():
    page = StringIO()
    Console(file=page, width=160).print(rates_table(compare_rates(PUBLISHED, MEASURED), "rates"))
    return page.getvalue().splitlines()


def test_a_row_has_range_rates_and_verdicts(printed):
    (row,) = [line for line in printed if "hippocampus" in line and "60-80" in line]
    for words in ("-15.8 to -2.0", "-30.0", "below", "-5.0 (-7.0 to -3.0) at 60-75", "within"):
        assert words in row


def test_only_what_was_measured_has_a_column(printed):
    head = "".join(printed[:4])
    assert "planted" in head
    assert "table" in head
    assert "learned" not in head


def test_every_source_is_cited_once():
    lines = list(source_lines(PUBLISHED))
    assert len(lines) == len(set(lines)) == len({rate.source for rate in PUBLISHED})
    assert all(any(name in line for name in ("doi:", "pmid:", "https://")) for line in lines)


def test_rows_of_csv_are_what_was_measured():
    frame = to_frame(compare_rates(PUBLISHED, MEASURED))
    assert frame["verdict"].tolist() == ["below", "within"]
    assert frame["where"].tolist() == ["planted", "table"]
    assert frame.loc[1, ["age_low", "age_high", "ci_low", "n"]].tolist() == [60, 75, -7.0, 40]
