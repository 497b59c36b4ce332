"""What a finding says of itself: how it stands to its baseline, whether it is a rotation, how far from a floor."""

import math
from dataclasses import replace

import pytest

from brainaging.pipeline.results import Difference, Distance, Score

ABOUT = {"experiment": "sex", "cohort": "c"}
PROBE = {"target": "sex", "features": "latents", "model": "logistic_regression"}


@pytest.mark.parametrize(
    ("metric", "low", "high", "verdict"),
    [
        ("auc", 0.6, 0.8, "better"),
        ("auc", 0.2, 0.4, "worse"),
        ("auc", 0.4, 0.6, "unclear"),
        ("mae", 0.2, 0.4, "better"),
        ("mae", 0.6, 0.8, "worse"),
        ("permutation_p", 0.0, 0.1, ""),
        ("auc", math.nan, 0.8, ""),
    ],
)
def test_better_needs_the_whole_interval_on_one_side(metric, low, high, verdict):
    score = Score(**ABOUT, **PROBE, metric=metric, value=0.5, ci_low=low, ci_high=high, baseline_value=0.5)
    assert score.verdict == verdict


def test_latents_with_as_many_codes_as_scans_span_are_a_rotation():
    difference = Difference(
        **ABOUT, **PROBE, codes=133, contrast="features", reference="voxels", metric="auc", value=0.0, n_train=134
    )
    assert difference.is_rotation
    assert not replace(difference, codes=100).is_rotation
    assert not replace(difference, contrast="model").is_rotation


def test_a_distance_has_a_ratio_where_its_floor_means_something():
    distance = Distance(
        **ABOUT, model="gan", features="pca", codes=100, metric="frechet", value=3.0, baseline_value=2.0
    )
    assert distance.ratio == 1.5
    assert math.isnan(replace(distance, metric="mmd").ratio)
    assert math.isnan(replace(distance, baseline_value=0.0).ratio)
