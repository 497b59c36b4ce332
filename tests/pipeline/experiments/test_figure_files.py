"""Files behind figures: counts, mid-slices, examples, and nobody named."""

import json

import numpy as np

from brainaging.pipeline.experiments.figure_files import (
    MOST_SCANS,
    write_cohort,
    write_placement,
    write_reconstructions,
)
from brainaging.pipeline.measures.reconstruction_scores import ReconstructionScores
from brainaging.pipeline.stats import Subjects


def test_a_cohort_is_counted_by_sex_and_public_age_group(tmp_path):
    subjects = Subjects(
        np.array(["F", "M", "M", ""]),
        np.array(["22-25", "22-25", "26-30", ""]),
        np.array([0, 0, 1, 2]),
        np.full(4, np.nan),
        np.array([23.4, 24.5, 28.6, 30.7]),
    )
    write_cohort(tmp_path / "cohort.json", subjects, "toy", {"simulated": True})
    cohort = json.loads((tmp_path / "cohort.json").read_text())
    assert cohort["sex"] == {"F": 1, "M": 2, "unknown": 1}
    assert cohort["age"] == {
        "22-25": {"F": 1, "M": 1, "unknown": 0},
        "26-30": {"F": 0, "M": 1, "unknown": 0},
    }
    assert cohort["groups"] == {"kind": "family", "n": 3}
    assert cohort["simulated"] is True
    assert (cohort["n"], cohort["groups"]) == (4, {"kind": "family", "n": 3})
    assert "23.4" not in (tmp_path / "cohort.json").read_text()


def test_the_worst_placed_scans_are_shown_first(tmp_path):
    n = MOST_SCANS + 5
    volumes = np.arange(n, dtype=np.float32)[:, None, None, None] * np.ones((4, 4, 4), dtype=np.float32)
    dice = np.linspace(1, 0.5, n)
    write_placement(tmp_path / "placement.npz", volumes, np.ones((4, 4, 4), dtype=bool), dice)
    with np.load(tmp_path / "placement.npz") as shown:
        assert shown["axial"].shape == shown["coronal"].shape == (MOST_SCANS, 4, 4)
        assert shown["axial"][0, 0, 0] == n - 1
        np.testing.assert_array_equal(shown["dice"], dice[::-1])
    write_placement(tmp_path / "unknown.npz", volumes, np.ones((4, 4, 4), dtype=bool), None)
    with np.load(tmp_path / "unknown.npz") as shown:
        assert np.isnan(shown["dice"]).all()
        assert shown["axial"][0, 0, 0] == 0


def test_examples_lie_beside_their_errors(tmp_path):
    methods = ("autoencoder-5", "pca", "pca_flip")
    examples = {name: np.full((2, 3, 3, 3), place) for place, name in enumerate(("original", *methods))}
    mse = {name: np.array([1.0, 2.0, 3.0]) * place for place, name in enumerate(methods)}
    scores = ReconstructionScores(np.arange(3), 10, mse, {}, {}, examples, np.array([2, 0]))
    write_reconstructions(tmp_path / "r.npz", "autoencoder-5", scores, np.ones((3, 3, 3), dtype=bool), 6.0)
    with np.load(tmp_path / "r.npz") as shown:
        assert shown["autoencoder"].dtype == np.float32
        assert shown["pca_flip"].max() == 3
        np.testing.assert_array_equal(shown["mse_pca"], [3, 1])
        assert shown["spacing"] == 6.0
