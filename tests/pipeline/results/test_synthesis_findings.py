"""A distance says how many times its floor it is."""

import math
from dataclasses import replace

from brainaging.pipeline.results import Distance

ABOUT = {"experiment": "fidelity", "cohort": "c"}


def test_a_distance_has_a_ratio_where_its_floor_means_something():
    distance = Distance(
        **ABOUT, model="gan", features="pca", codes=100, metric="frechet", value=3.0, baseline_value=2.0
    )
    assert distance.ratio == 1.5
    assert math.isnan(replace(distance, metric="mmd").ratio)
    assert math.isnan(replace(distance, baseline_value=0.0).ratio)
