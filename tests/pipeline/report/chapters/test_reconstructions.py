"""Held-out scans beside their reconstructions."""

import numpy as np
import pytest

from brainaging.pipeline.report.chapters.reconstructions import check_volumes, reconstructions_content
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def arrays():
    original = np.random.default_rng(0).uniform(0.5, 1, (5, 6, 6, 6)).astype(np.float32)
    mse = np.array([3.0, 1.0, 5.0, 2.0, 4.0])
    return {
        "original": original,
        "mask": np.ones((6, 6, 6)),
        "autoencoder": original + 0.1,
        "mse_autoencoder": mse,
    }


def test_the_scans_shown_are_the_best_the_middle_and_the_worst(arrays):
    chosen = check_volumes(arrays).chosen()
    assert chosen == [(1, "lowest error"), (0, "middle error"), (2, "highest error")]


def test_errors_share_one_scale_that_their_caption_names(arrays):
    extra = reconstructions_content(arrays | {"spacing": np.array(6.0)}, {"intensity": "half_max_q98"}).extra
    assert extra["methods"] == ["Autoencoder"] and extra["limit"] == "0.1"
    assert [scan["errors"] for scan in extra["scans"]] == [["1.00"], ["3.00"], ["5.00"]]
    assert "−0.1 to +0.1" in extra["caption"] and "(rule half_max_q98)" in extra["caption"]
    assert "on a grid of 6 mm" in extra["caption"]


@pytest.mark.parametrize(("name", "words"), [("original", "original and mask"), ("mask", "original and mask")])
def test_an_array_that_is_missing_is_named(arrays, name, words):
    del arrays[name]
    with pytest.raises(UserError, match=words):
        check_volumes(arrays)
