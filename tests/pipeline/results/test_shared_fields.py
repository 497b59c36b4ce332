"""How a number stands to its baseline, and which codes a finding refuses."""

import math

import pytest

from brainaging.pipeline.results import Score, UnknownCodeError, measured

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


def test_an_interval_needs_both_ends_and_a_split_says_whether_relatives_were_kept_together():
    score = Score(**ABOUT, **PROBE, metric="auc", value=0.5, ci_low=0.4)
    assert not score.has_interval
    assert not score.is_random_split
    assert Score(**ABOUT, **PROBE, split="random", metric="auc", value=0.5).is_random_split


@pytest.mark.parametrize("column", ["model", "features", "metric", "experiment"])
def test_every_code_is_checked_where_a_finding_is_made(column):
    with pytest.raises(UnknownCodeError, match=f"{column}: expected one of .*; found 'nonsense'"):
        Score(**{**ABOUT, **PROBE, "metric": "auc", "value": 0.5, column: "nonsense"})


def test_an_estimate_fills_the_fields_of_its_number_and_baseline():
    score = Score(**ABOUT, **PROBE, **measured("auc", (0.7, 0.6, 0.8), "majority", 0.5))
    assert (score.metric, score.value, score.ci_low, score.ci_high) == ("auc", 0.7, 0.6, 0.8)
    assert (score.baseline, score.baseline_value, score.verdict) == ("majority", 0.5, "better")
    alone = Score(**ABOUT, **PROBE, **measured("auc", (0.7, 0.6, 0.8)))
    assert alone.baseline == "" and math.isnan(alone.baseline_value)
