"""A measure that stands twice: kept once, or refused."""

from pathlib import Path

import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry.cells import read_cells
from brainaging.pipeline.data.morphometry.repeated_measures import Measured, once


def measured(name, own, *texts):
    return Measured(name, own, read_cells(texts, comma_decimal=False))


def test_the_same_numbers_are_kept_once_rounded_or_missing_in_one():
    dropped: list[tuple[str, str]] = []
    first = measured("eTIV_x", "eTIV", "1560838.76", "1400000")
    kept = once(Path("t.csv"), [first, measured("eTIV_y", "eTIV", "1560838.8", "")], dropped)
    assert kept == {"eTIV": first}
    assert dropped == [("eTIV_y", "the same numbers stand in 'eTIV_x'")]


def test_other_numbers_are_refused():
    pair = [
        measured("a_x", "lh_insula_thickness", "2.5", "2.6"),
        measured("a_y", "lh_insula_thickness", "2.5", "2.8"),
    ]
    with pytest.raises(
        CohortError, match=r"'a_x' and 'a_y' are one measure \(lh_insula_thickness\), .* 1 of 2 people"
    ):
        once(Path("t.csv"), pair, [])
