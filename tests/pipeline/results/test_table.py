import math

import pandas as pd
import pytest

from brainaging.pipeline.results import COLUMNS, Result, read_results, write_results
from brainaging.pipeline.results.original_study import ORIGINALS, original_value
from brainaging.pipeline.runtime import UserError

DESIGN = (
    "experiment, cohort, modality, features, target, model, split, metric, value, ci_low, ci_high, baseline, "
    "baseline_value, original_value, n_train, n_test, seed"
)


def test_the_columns_are_the_designs_in_its_order(tmp_path):
    assert ", ".join(COLUMNS) == DESIGN
    write_results([], tmp_path / "results.csv")
    assert (tmp_path / "results.csv").read_text() == DESIGN.replace(", ", ",") + "\n"


def test_what_is_written_is_read_back(tmp_path):
    rows = [
        Result(
            "sex",
            "000123",
            "T1w",
            "voxels",
            "sex",
            'a, "b"',
            "grouped",
            "auc",
            1 / 3,
            0.1,
            0.5,
            "none",
            0.5,
            0.93,
            8,
            2,
            7,
        ),
        Result("sex", "NA", "T1w", "é<b>", "sex", "not computed: F only", "grouped", "auc", math.nan),
    ]
    written = write_results(rows, tmp_path / "results.csv")
    found = read_results(tmp_path / "results.csv")
    pd.testing.assert_frame_equal(found, written, check_dtype=False)
    assert found["value"][0] == 1 / 3
    assert list(found["cohort"]) == ["000123", "NA"]
    assert list(found["baseline"]) == ["none", ""]


def test_a_missing_or_foreign_table_is_named(tmp_path):
    with pytest.raises(UserError, match="found no file"):
        read_results(tmp_path / "results.csv")
    (tmp_path / "results.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="found a, b"):
        read_results(tmp_path / "results.csv")
    with pytest.raises(UserError, match="expected the columns"):
        write_results(pd.DataFrame({"a": [1]}), tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()


def test_the_originals_numbers_are_found_by_what_they_measure():
    assert original_value("T1w", "latents", "sex", "logistic_regression", "accuracy") == 0.93
    named = original_value("T1w", "latents_autoencoder-100", "age_bracket", "logistic_regression", "accuracy")
    assert named == 0.439
    assert math.isnan(original_value("T1w", "latents_pca2", "sex", "logistic_regression", "accuracy"))
    assert math.isnan(original_value("T1w", "voxels", "sex", "logistic_regression", "auc"))
    for treated in ("head_size_residualised", "head_size_matched", "pca2"):
        features = f"latents_autoencoder-1000_{treated}"
        assert math.isnan(original_value("T1w", features, "sex", "logistic_regression", "accuracy"))
    keys = [(o.modality, o.features, o.target, o.model, o.metric) for o in ORIGINALS]
    assert len(set(keys)) == len(keys)
