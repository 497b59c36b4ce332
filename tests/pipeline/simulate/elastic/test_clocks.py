"""Clocks: nothing up to the onset, then each in its own way."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.clocks import Late, Linear, Logistic, Quadratic, clock_at

CLOCKS = (Linear(-0.004), Quadratic(-0.002, 0.01), Late(-0.01, 60.0, 6.0), Logistic(-0.2, 65.0, 7.0))


@pytest.mark.parametrize("clock", CLOCKS, ids=lambda clock: clock.kind)
def test_a_clock_starts_at_the_onset_and_never_turns_back(clock):
    assert clock_at(clock, 12.0, 20.0) == clock_at(clock, 20.0, 20.0) == 0
    values = [clock_at(clock, age, 20.0) for age in np.arange(20.0, 95.0, 5.0)]
    assert (np.diff(values) < 0).all()


def test_they_run_as_they_say():
    linear, quadratic, late, logistic = CLOCKS
    assert clock_at(linear, 60.0, 20.0) == pytest.approx(-0.16)
    assert clock_at(quadratic, 60.0, 20.0) == pytest.approx(-0.002 * (40 + 0.01 * 1600))
    assert abs(clock_at(late, 45.0, 20.0)) < 0.01
    assert clock_at(late, 95.0, 20.0) - clock_at(late, 85.0, 20.0) == pytest.approx(-0.1, rel=0.02)
    assert clock_at(logistic, 120.0, 0.0) == pytest.approx(-0.2, rel=0.01)
    assert clock_at(logistic, 65.0, 20.0) == pytest.approx(-0.1, rel=0.02)
