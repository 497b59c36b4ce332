"""What is said of a scan that the reader cannot read."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.cli.work.edit_outputs import film_frames, measures_lines, not_read
from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.transforms import get_grid, template_volume

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


def test_an_edit_of_a_finer_grid_is_animated_on_that_of_pictures() -> None:
    alignment = new_alignment(48.0)
    random = np.random.default_rng(0)
    people = Covariates(random.uniform(20, 80, 30), np.arange(30) % 2.0, random.uniform(1200, 1600, 30))
    design = Design.of(people)
    velocities = 0.3 * random.standard_normal((len(design.columns()), alignment.size)).astype(np.float32)
    contrast = np.zeros((len(velocities), get_grid("t1w_32").shape[0] ** 3), np.float32)
    shown = template_volume(get_grid("t1w_96")).astype(np.float32)
    before = Covariates(np.array([50.0]), np.array([0.0]), np.array([1400.0]))
    still = np.zeros((1, alignment.size), np.float32)
    drawn = []
    for grid in map(get_grid, ("t1w_96", "t1w_128")):
        edit = Deformation(grid, design, alignment, velocities, contrast)
        volume = template_volume(grid).astype(np.float32)
        frames, labels = film_frames(volume, shown, edit, still, before, before.older(10.0), 2)
        assert labels == ["50 years", "60 years"]
        np.testing.assert_array_equal(frames[0], shown)
        drawn.append(frames[1])
    # how it moves is the same on either grid
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], shown)
