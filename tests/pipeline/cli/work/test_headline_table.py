"""What a terminal shows of a run."""

import math
from dataclasses import replace

import pytest
from rich.console import Console

from brainaging.pipeline.cli.work.headline_table import headline_table, is_headline
from brainaging.pipeline.results import Difference, EditScore, Reconstruction, Score

ABOUT = {"experiment": "sex", "cohort": "c", "metric": "accuracy", "value": 0.9, "ci_low": 0.88, "ci_high": 0.92}
SCORE = Score(**ABOUT, target="sex", features="voxels", model="logistic_regression", original_value=0.93)
LATENTS = replace(SCORE, features="latents", encoder="autoencoder", codes=1000)
EDIT = EditScore(**ABOUT | {"experiment": "edits", "metric": "correlation"}, edit="age+10", model="deformation")
IMAGE = Reconstruction(**ABOUT | {"metric": "mse"}, target="image", model="pca_flip", codes=236)


def printed(findings, **more):
    console = Console(width=150)
    with console.capture() as capture:
        console.print(headline_table(findings, **more))
    return " ".join(capture.get().split())


def test_a_row_has_words_value_interval_and_what_the_original_reported():
    text = printed([SCORE, LATENTS, EDIT, IMAGE])
    assert "sex voxels accuracy 0.9 0.88 to 0.92 – 0.93" in text
    assert "sex latents (1000 codes) accuracy 0.9" in text
    assert "change deformation, age, 10 years on correlation with the true change 0.9" in text
    assert "scans PCA with left-right flips, 236 components MSE inside the brain 0.9" in text


def test_what_intervals_hold_fixed_and_what_set_a_simulations_effects_is_said_once():
    assert "Intervals hold for the fitted models" in printed([SCORE])
    assert "simulated" not in printed([SCORE])
    assert "The simulated effects were set so that" in printed([SCORE], simulated=True)
    assert "simulated" not in printed([EDIT], simulated=True)


def test_both_modalities_questions_to_no_features_stand_once():
    bare = replace(SCORE, features="none", model="majority")
    assert printed([bare, replace(bare, modality="table")]).count("majority class") == 1
    assert "the table's latents" in printed([LATENTS, replace(LATENTS, modality="table")])


@pytest.mark.parametrize(
    "change",
    [
        {"adjustment": "pca2"},
        {"adjustment": "head_size_matched"},
        {"split": "random"},
        {"site": "a"},
        {"model": "knn"},
        {"metric": "ece"},
        {"value": math.nan},
    ],
)
def test_what_belongs_in_the_report_is_left_to_it(change):
    assert is_headline(SCORE)
    assert not is_headline(replace(SCORE, **change))


def test_differences_and_subgroups_are_left_to_the_report():
    assert not is_headline(replace(EDIT, people="F"))
    probe = {"target": "sex", "features": "voxels", "model": "ridge", "contrast": "model", "reference": "knn"}
    assert not is_headline(Difference(**ABOUT, **probe))
