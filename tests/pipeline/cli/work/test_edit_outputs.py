"""What is said of a scan that the reader cannot read."""

from types import SimpleNamespace

import pandas as pd
import pytest

from brainaging.pipeline.cli.work.edit_outputs import measures_lines, not_read

LEARNED = SimpleNamespace(ages=(20.0, 90.0))


def _measured(age: float) -> pd.DataFrame:
    rows = [
        ("age by the reader, years", age, age + 6),
        ("P(male) by the reader", 0.92, 0.92),
        ("grey, mL", 567.7, 565.8),
    ]
    return pd.DataFrame(rows, columns=["measure", "before", "after"])


@pytest.mark.parametrize("age", [11.0, 45.0, 99.0])
def test_a_scan_that_is_read_shows_its_readings(age: float) -> None:
    assert not_read(_measured(age), LEARNED) == ""
    assert measures_lines(_measured(age), LEARNED)[0] == f"age by the reader, years: {age:.4g} to {age + 6:.4g}"


@pytest.mark.parametrize("age", [-30.7, 101.0])
def test_a_scan_that_is_not_read_shows_none(age: float) -> None:
    said = f"the reader cannot read this scan: {age:.0f} years, learned from people of 20 to 90"
    assert not_read(_measured(age), LEARNED) == said
    assert measures_lines(_measured(age), LEARNED) == ["grey, mL: 567.7 to 565.8", said]


def test_without_a_reader_there_is_nothing_to_read() -> None:
    assert not_read(_measured(-30.0).iloc[2:], LEARNED) == ""
