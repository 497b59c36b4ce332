"""One brain at several ages in a row."""

import numpy as np
import pytest

from brainaging.pipeline.report.drawing.age_row import MOST_AGES, age_row


def arrays(ages):
    scan = np.random.default_rng(0).uniform(0.5, 1, (8, 9, 10))
    return {"scan": scan, "film": np.stack([scan] * len(ages)), "film_ages": np.array(ages, dtype=float)}


@pytest.mark.parametrize(
    ("ages", "shown"),
    [
        ([30], "30 y"),
        ([25, 30, 35], "25 y, 30 y, 35 y"),
        (range(25, 66, 5), "25 y, 35 y, 45 y, 55 y, 65 y"),
    ],
)
def test_ages_stand_at_equal_steps(ages, shown):
    picture = age_row(arrays(ages), np.ones((8, 9, 10), dtype=bool))
    assert picture.alt.endswith(f"as scanned, and at {shown}")


def test_a_long_film_shows_its_ends_and_no_more_than_fit():
    picture = age_row(arrays(range(20, 32)), np.ones((8, 9, 10), dtype=bool))
    shown = picture.alt.split("at ")[1].split(", ")
    assert len(shown) <= MOST_AGES and (shown[0], shown[-1]) == ("20 y", "31 y")
