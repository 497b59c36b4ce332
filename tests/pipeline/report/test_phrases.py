"""Numbers and findings in words."""

import math

import pytest

from brainaging.pipeline.report.phrases import (
    axis,
    baseline_words,
    capital,
    circumstances,
    features_words,
    method_words,
    metric_words,
    natural_key,
    number,
    source,
    subject,
    with_interval,
)
from brainaging.pipeline.results import (
    Difference,
    ErrorRatio,
    RankingPrecision,
    Reconstruction,
    ScaleResponse,
    Score,
)

ABOUT = {"experiment": "reconstruction", "cohort": "c", "metric": "mse", "value": 0.5}


@pytest.mark.parametrize(
    ("value", "family", "text"),
    [
        (0.9, "score", "0.900"),
        (-0.0312, "difference", "−0.031"),
        (0.000853, "mse", "0.000853"),
        (2.87, "mae", "2.87"),
        (1234567.0, "mae", "1.23e+06"),
        (0.000999, "p", "0.0010"),
        (0.0, "mae", "0.00"),
        (math.nan, "score", ""),
        (-math.inf, "score", "−∞"),
    ],
)
def test_numbers_have_as_many_digits_as_say_something(value, family, text):
    assert number(value, family) == text


@pytest.mark.parametrize(
    ("fields", "modality", "text"),
    [
        ({}, "", "voxels"),
        ({}, "T1w", "T1w voxels"),
        ({"features": "none", "model": "majority"}, "T1w", ""),
        ({"features": "sex"}, "T1w", "sex alone (T1w)"),
        ({"features": "table"}, "table", "the table"),
        ({"features": "table", "adjustment": "combat"}, "", "the table, sites aligned by ComBat"),
        ({"features": "head_size"}, "table", "head size alone (table)"),
        ({"adjustment": "head_size_residualised"}, "", "voxels, head size regressed out"),
        (
            {"features": "latents", "encoder": "autoencoder", "codes": 1000},
            "",
            "latents (autoencoder, 1000 codes)",
        ),
        ({"features": "latents", "codes": 80}, "table", "the table's latents (80 codes)"),
    ],
)
def test_features_are_told_apart_by_what_their_fields_say(prober, fields, modality, text):
    assert features_words(prober(**fields), modality) == text


def test_brief_features_leave_out_encoder_codes_and_adjustment(prober):
    latents = prober(features="latents", encoder="autoencoder", codes=9, adjustment="pca2")
    assert features_words(latents, "T1w", brief=True) == "T1w latents"


def test_differences_say_what_is_subtracted_and_have_an_axis_of_their_own(prober):
    latents = {"features": "latents", "encoder": "autoencoder", "codes": 100}
    one = prober(Difference, -0.02, contrast="features", reference="voxels", **latents)
    assert source(one) == ", latents (autoencoder, 100 codes) minus voxels"
    assert (axis(one), metric_words(one)) == ("difference", "difference in accuracy")
    models = prober(Difference, 0.1, contrast="model", reference="logistic_regression", model="densenet")
    assert source(models) == ", voxels, DenseNet minus logistic regression"
    leak = prober(Difference, 0.1, contrast="split", reference="grouped", split="random", metric="mae")
    assert circumstances(leak) == "logistic regression, random split minus grouped split"
    assert axis(leak) == "difference in mean absolute error"


def test_a_rotation_is_called_one(prober):
    spans = {"contrast": "features", "reference": "voxels", "features": "latents", "codes": 1000}
    assert circumstances(prober(Difference, 0.0, **spans)).endswith("a rotation, not a finding")
    assert "rotation" not in circumstances(prober(Difference, 0.0, **spans | {"codes": 100}))


def test_methods_and_baselines_have_the_number_of_their_latents():
    assert method_words("pca_flip", 236) == "PCA with left-right flips, 236 components"
    assert method_words("autoencoder", 1000) == "autoencoder, 1000 codes"
    ratio = ErrorRatio(
        **ABOUT | {"metric": "error_ratio"}, target="image", model="autoencoder", baseline="pca", baseline_codes=9
    )
    assert baseline_words(ratio) == "PCA, 9 components"
    assert metric_words(ratio) == "error, as a multiple of that of PCA, 9 components"
    one = Reconstruction(**ABOUT, target="image", model="pca", codes=9)
    assert (subject(one), source(one)) == ("Scans", " by PCA, 9 components")


def test_metrics_say_what_their_name_leaves_open():
    common = ABOUT | {"experiment": "importance", "target": "sex", "model": "permutation", "level": "structure"}
    ranking = RankingPrecision(**common | {"metric": "precision_at_k"}, k=12)
    assert metric_words(ranking) == "precision at 12 (structures)"
    assert source(ranking) == ", ranked by permutation importance"
    answer = ScaleResponse(**ABOUT | {"metric": "p_male"}, model="residual_network", scale=0.914)
    assert metric_words(answer) == "mean P(male), heads scaled by 0.914"


def test_a_value_stands_with_its_interval_where_it_has_one(prober):
    assert with_interval(prober(Score, 0.9, 0.02)) == "0.900 (0.880 to 0.920)"
    assert with_interval(prober(Score, 0.9, 0)) == "0.900"


def test_groups_sort_by_their_first_number():
    assert sorted(["36+", "26-30", "<22", "22-25", ""], key=natural_key) == ["<22", "22-25", "26-30", "36+", ""]
    assert capital("two words") == "Two words"
