"""The chain from end to end on a few simulated brains: every row, nothing restricted, kept work kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, grouped_folds, prepare, read_cohort
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic import BUNDLES, Synthetic, impossible
from brainaging.pipeline.experiments.synthetic import original_gan as rival
from brainaging.pipeline.results.legacy import NOT_COMPUTED, write_results
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import simulate

TINY = SyntheticBudget(
    judge_folds=2,
    noise_folds=1,
    age_folds=1,
    judge_epochs=1,
    gan_epochs=2,
    gan_warmup=1,
    latent_size=12,
    encoder_epochs=1,
    encoder_brains=60,
    invert_steps=2,
    autoencoder_epochs=1,
    brains=20,
    rivals=True,
)


@pytest.fixture(scope="module", autouse=True)
def narrow() -> Iterator[None]:
    """The rival's brains are noise after two passes, at any width."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rival, "WIDTH", 8)
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("study")
    source = simulate(root / "simulated", subjects=36, seed=1, spacing=6.0, workers=1)
    return prepare(read_cohort(source), "t1w_32", root / "prepared", progress=False)


def _study(prepared: Prepared, out: Path, budget: SyntheticBudget = TINY) -> Synthetic:
    groups = prepared.cohort.groups()
    folds = grouped_folds(groups, prepared.cohort.strata(), 3, 0)
    bundles = {name: bundle_path(name) for name in BUNDLES}
    return Synthetic(prepared, prepared.volumes(), folds, bundles, budget, out, Sheet("few", "T1w", 0, groups, 50))


@pytest.fixture(scope="module")
def done(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    out = tmp_path_factory.mktemp("out")
    study = _study(prepared, out)
    study.run()
    return write_results(study.sheet.rows, out / "results.csv"), out


def test_every_question_has_its_rows(done: tuple[pd.DataFrame, Path]) -> None:
    rows = done[0].set_index(["experiment", "features", "model", "metric"])["value"]
    for wanted in (
        ("judges", "voxels", "residual_network", "balanced_accuracy"),
        ("judges", "voxels", "residual_network_noise_augmented", "ece"),
        ("judges", "voxels", "densenet", "brier"),
        ("judges", "voxels", "age_network", "mae"),
        ("judges", "voxels_head_size_residualised", "residual_network", "accuracy"),
        ("judges", "voxels", "residual_network minus logistic_regression", "balanced_accuracy_difference"),
        ("head_size_audit", "voxels", "residual_network", "p_male_at_0.914"),
        ("inversion", "generated", "encoder", "r2"),
        ("inversion", "voxels", "encoder, optimised", "deviation_r"),
        ("inversion", "voxels", "pca-12", "ssim"),
        ("inversion", "voxels", "autoencoder-12", "deviation_r"),
        ("synthetic_labels", "reconstructions", "densenet", "ece"),
        ("synthetic_labels", "original_recipe", "residual_network", "share_male"),
        ("synthetic_labels", "gan", "two judges", "agreement"),
        ("gate", "gan", "calibration", "passed"),
        ("fidelity", "voxels", "gan", "copies"),
        ("fidelity", "head_size", "pca_gaussian", "sd_ratio"),
    ):
        assert np.isfinite(rows[wanted]).all(), wanted
    assert rows["inversion", "generated", "encoder", "r2"].item() > 0.9
    # the original's recipe after two passes makes no brain at all, and the gate says so
    assert rows["gate", "original_recipe"].min() == 0


@pytest.mark.parametrize("experiment", ["judges", "head_size_audit", "inversion", "synthetic_labels"])
def test_beside_every_score_stand_its_interval_and_its_baseline(
    experiment: str, done: tuple[pd.DataFrame, Path]
) -> None:
    table = done[0]
    rows = table[(table["experiment"] == experiment) & ~table["model"].str.startswith(NOT_COMPUTED)]
    assert len(rows)
    assert rows[["value", "ci_low", "ci_high"]].notna().to_numpy().all()
    assert (rows["ci_low"] <= rows["ci_high"]).all()
    # a difference is a score less its baseline, and the mean age correlates with nothing
    scores = rows[~rows["metric"].str.endswith("_difference") & (rows["metric"] != "r")]
    assert scores["baseline_value"].notna().all()
    assert (scores["baseline"] != "").all()


def test_the_originals_numbers_stand_beside(done: tuple[pd.DataFrame, Path]) -> None:
    table = done[0]
    ours = table[(table["model"] == "residual_network") & (table["metric"] == "accuracy")]
    assert 0.946 in ours["original_value"].tolist()
    r2 = table[(table["experiment"] == "inversion") & (table["metric"] == "r2")]
    assert r2["baseline_value"].item() == pytest.approx(0.964)


def test_the_pictures_hold_what_the_report_shows(done: tuple[pd.DataFrame, Path], prepared: Prepared) -> None:
    with np.load(done[1] / "synthetic.npz", allow_pickle=False) as arrays:
        names = set(arrays.files)
        assert {
            "real",
            "scans",
            "inverted",
            "interpolation",
            "made_gan",
            "made_original_recipe",
            "p_male",
        } <= names
        assert arrays["interpolation"].shape == (7, *prepared.grid.shape)
        assert "male_original_recipe" not in names  # no label without the gate


def test_nothing_restricted_is_written(done: tuple[pd.DataFrame, Path], prepared: Prepared) -> None:
    families = {str(name).encode() for name in prepared.cohort.restricted["Family_ID"].dropna()}
    subjects = {str(name).encode() for name in prepared.table["subject"]}
    for path in done[1].rglob("*"):
        if path.is_file() and path.suffix in {".csv", ".json", ".log", ".txt"}:
            content = path.read_bytes()
            assert not any(name in content for name in families | subjects if len(name) > 4), path


@pytest.mark.slow
def test_typed_again_it_trains_nothing_and_says_the_same(
    done: tuple[pd.DataFrame, Path], prepared: Prepared
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (done[1] / "models").rglob("best.pt")}
    again = _study(prepared, done[1])
    again.run()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    pd.testing.assert_frame_equal(write_results(again.sheet.rows, done[1] / "again.csv"), done[0])


def test_judges_are_tried_on_fresh_people_too_whose_families_are_others(
    prepared: Prepared, tmp_path: Path
) -> None:
    alone = _study(prepared, tmp_path)
    scans, sex, groups = alone.tried()
    both, sexes, families = replace(alone, fresh=prepared).tried()
    held_out = len(alone.test)
    np.testing.assert_array_equal(both[:held_out], scans)
    np.testing.assert_array_equal(both[held_out:], prepared.volumes())
    np.testing.assert_array_equal(sexes[held_out:], prepared.table["sex"] == "M")
    np.testing.assert_array_equal(families[:held_out], groups)
    assert not set(groups) & set(families[held_out:])
    assert len(sex) == held_out


def test_another_budget_finds_the_folder_taken(done: tuple[pd.DataFrame, Path], prepared: Prepared) -> None:
    with pytest.raises(UserError, match="another epochs"):
        _study(prepared, done[1], replace(TINY, judge_epochs=2)).run()


def test_a_cohort_that_is_too_small_is_refused_with_a_reason(prepared: Prepared, tmp_path: Path) -> None:
    rows = np.arange(36)
    assert "8 training scans, at least 12 needed" in impossible(prepared, [(rows[:8], rows[8:])])
    men = rows[prepared.table["sex"].to_numpy() == "M"]
    women = np.setdiff1d(rows, men)
    assert "0 test scans of one sex" in impossible(prepared, [(np.r_[women, men[:4]], men[4:])])
    study = _study(prepared, tmp_path)
    study.folds = [(rows[:8], rows[8:])]
    with pytest.raises(UserError, match="synthetic brains: 8 training scans"):
        study.run()
