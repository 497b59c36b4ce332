"""The score's readers in a study: who is too few, and why, is said."""

from types import SimpleNamespace

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.experiments.counterfactuals.axis_findings import fitted_readings
from brainaging.transforms import get_grid, template_volume

GRID = get_grid("t1w_32")


def people(count):
    return Covariates(np.linspace(20, 80, count), np.arange(count) % 2.0, np.full(count, 1400.0))


def prepared(count):
    rng = np.random.default_rng(0)
    noise = 0.05 * rng.standard_normal((count, *GRID.shape)).astype(np.float32)
    scans = template_volume(GRID) + noise * (template_volume(GRID) > 0)
    return SimpleNamespace(grid=GRID, volumes=lambda rows: scans[rows])


def test_nobody_left_and_too_few_are_reasons():
    readings, reason = fitted_readings(prepared(4), np.arange(0), people(0), "everybody learns")
    assert (readings, reason) == (None, "everybody learns")
    readings, reason = fitted_readings(prepared(4), np.arange(4), people(4), "")
    assert readings is None
    assert "expected 20 people" in reason


def test_readers_learn_from_the_rows_that_are_given():
    readings, reason = fitted_readings(prepared(24), np.arange(22), people(22), "")
    assert reason == ""
    assert readings is not None
    assert readings.count == 22
