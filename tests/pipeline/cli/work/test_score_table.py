"""The table that `brainaging score` prints; the command itself runs in test_editing, whose model it makes."""

import io
import math

from rich.console import Console

from brainaging.pipeline.cli.work.score_table import score_table
from brainaging.pipeline.results import EditScore, NotComputed

COMMON = {"experiment": "edits", "cohort": "c"}


def shown(*findings):
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(score_table("sex", findings))
    return console.export_text()


def test_a_row_a_method_with_its_interval_of_everybody():
    own = EditScore(
        **COMMON, edit="sex", model="deformation", metric="correlation", value=0.81, ci_low=0.7, ci_high=0.9
    )
    women = EditScore(**COMMON, edit="sex", model="deformation", people="F", metric="correlation", value=0.11)
    other = EditScore(**COMMON, edit="age+10", model="voxel_regression", metric="correlation", value=0.33)
    text = shown(own, women, other, NotComputed(**COMMON, reason="none"))
    assert "Sex: predicted change by the true one" in text
    assert "0.81 (0.70, 0.90)" in text
    assert "0.11" not in text
    assert "voxel" not in text


def test_drift_stands_beside_the_true_one_and_a_missing_interval_is_left_out():
    drift = EditScore(
        **COMMON,
        edit="sex",
        model="no_change",
        metric="head_size_drift",
        value=0.5,
        ci_low=math.nan,
        baseline="true_counterfactuals",
        baseline_value=0.25,
    )
    text = shown(drift)
    assert "0.5; true 0.25" in text
    assert "no change at all" in text
