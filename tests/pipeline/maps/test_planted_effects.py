"""Precision against what was planted: a loss that falls when a measure is shuffled ranks last, not first."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.maps.planted_effects import ranking_precision
from brainaging.pipeline.results import Scoring


def precision(kind, values, planted):
    facts = {"target": "sex", "level": "column", "kind": kind, "value": values, "planted": planted}
    scoring = Scoring("toy", "table", 0, np.arange(4), 10)
    rows = {row.metric: row for row in ranking_precision(pd.DataFrame(facts), scoring, 4)}
    assert set(rows) == {"precision_at_k", "average_precision"}
    assert all((row.level, row.k) == ("column", planted.count("yes")) for row in rows.values())
    return rows["precision_at_k"]


@pytest.mark.parametrize(("kind", "expected"), [("coefficient", 1.0), ("difference", 1.0), ("permutation", 0.5)])
def test_the_sign_counts_for_held_out_importance_alone(kind, expected):
    row = precision(kind, [-3.0, 2.0, 1.0, 0.1], ["yes", "yes", "no", "no"])
    assert row.value == expected
    assert row.baseline_value == 0.5
