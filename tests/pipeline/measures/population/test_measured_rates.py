"""Rates from logarithms of ratios."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.measures.population.measured_rates import percent_a_decade, volume_rates
from brainaging.pipeline.measures.population.structures import AgeSpan


@given(rate=st.floats(-0.5, 0.8), years=st.floats(5, 60))
def test_a_compound_rate_comes_back_from_any_number_of_years(rate, years):
    assert percent_a_decade(float(np.log1p(rate)) * years / 10, years) == pytest.approx(100 * rate, abs=1e-9)


def test_people_are_averaged_and_counted_structure_by_structure():
    people = [{"cortex": np.log(0.9), "thalamus": np.log(0.8)}, {"cortex": np.log(0.9)}, {}]
    cortex, thalamus = volume_rates(people, AgeSpan(20, 40))
    assert (cortex.structure, cortex.n, thalamus.n) == ("cortex", 2, 1)
    assert cortex.percent_a_decade == pytest.approx(100 * (0.9**0.5 - 1))
    assert thalamus.measure == "volume"


def test_nobody_gives_no_rate():
    assert volume_rates([], AgeSpan(20, 40)) == []
