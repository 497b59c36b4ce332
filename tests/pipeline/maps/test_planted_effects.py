"""Precision against what was planted: a loss that falls when a measure is shuffled ranks last, not first."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.maps.planted_effects import precision_rows
from brainaging.pipeline.results.sheet import Sheet


def precision(kind, values, planted):
    facts = {"target": "sex", "level": "column", "kind": kind, "value": values, "planted": planted}
    sheet = Sheet("toy", "table", 0, np.arange(4), 10)
    rows = {row.metric: row for row in precision_rows(pd.DataFrame(facts), sheet, 4)}
    return rows[f"precision_at_{planted.count('yes')}_columns"]


@pytest.mark.parametrize(("kind", "expected"), [("coefficient", 1.0), ("difference", 1.0), ("permutation", 0.5)])
def test_the_sign_counts_for_held_out_importance_alone(kind, expected):
    row = precision(kind, [-3.0, 2.0, 1.0, 0.1], ["yes", "yes", "no", "no"])
    assert row.value == expected
    assert row.baseline_value == 0.5
