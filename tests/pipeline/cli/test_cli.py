"""The command line through its real entry point, as a user types it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import Prepared
from brainaging.pipeline.engines import read_latents
from brainaging.pipeline.results import COLUMNS
from brainaging.transforms import load_grid_nifti

PROGRAM = Path(sys.executable).with_name("brainaging")
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
Hold = Callable[[Path, list[str]], None]


def started(*words: object, cwd: Path, timeout: int = 60) -> Done:
    """Run the program as a shell would, imports and all."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    return subprocess.run(
        [str(PROGRAM), *map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout
    )


def one_line_error(done: Done) -> str:
    """Return the message of a run that must have ended as a user's mistake does."""
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def cohort(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort of 24 and its table, made by the commands of the README."""
    folder = tmp_path_factory.mktemp("cli")
    made = run("simulate", "simulated", "--subjects", 24, "--spacing", 6, cwd=folder)
    assert made.returncode == 0, made.stderr
    read = run("cohort", "simulated", "--out", "cohort.csv", cwd=folder)
    assert read.returncode == 0, read.stderr
    assert "24 scans" in read.stdout
    return folder


@pytest.fixture(scope="module")
def prepared(run: Run, cohort: Path) -> Path:
    done = run("prepare", "cohort.csv", "--grid", "t1w_32", "--out", "prepared", "--workers", 1, cwd=cohort)
    assert done.returncode == 0, done.stderr
    return cohort


@pytest.fixture(scope="module")
def gan(run: Run, prepared: Path) -> Path:
    small = [word for pair in ("latent_size=12", "detail=6", "warmup=1", "width=4") for word in ("--set", pair)]
    where = ("--dataset-dir", "prepared", "--out", "gan", "--epochs", 2)
    trained = run("train", "t1w_gan", *where, *small, cwd=prepared)
    assert trained.returncode == 0, trained.stderr
    return prepared


def test_simulate_cohort_and_prepare_log_their_stages_with_counts(prepared: Path, stages_of: Hold) -> None:
    stages_of(prepared / "simulated/run.log", ["simulating people of hcp-ya: 24", "done in "])
    stages_of(prepared / "cohort.log", ["checking scans and people: 24", "done in "])
    stages_of(prepared / "prepared/run.log", ["preparing scans: 24", "done in "])


def test_help_names_every_command(tmp_path: Path) -> None:
    done = started("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in (
        "demo",
        "reproduce",
        "simulate",
        "cohort",
        "prepare",
        "train",
        "encode",
        "generate",
        "predict",
        "invert",
        "report",
        "calibrate",
    ):
        assert f" {command} " in done.stdout
    assert "Exit codes" in done.stdout


def test_a_wrong_option_is_exit_code_2(tmp_path: Path) -> None:
    assert started("simulate", "here", "--subjcts", 3, cwd=tmp_path).returncode == 2


def test_train_then_encode_as_the_readme_says(run: Run, prepared: Path, stages_of: Hold) -> None:
    trained = run(
        "train",
        "t1w_autoencoder",
        "--dataset-dir",
        "prepared",
        "--out",
        "models",
        "--epochs",
        2,
        "--set",
        "latent_size=20",
        "--set",
        "components=30",
        cwd=prepared,
    )
    assert trained.returncode == 0, trained.stderr
    assert (prepared / "models/best.pt").is_file()
    assert (prepared / "models/last.pt").is_file()
    told = json.loads((prepared / "models/provenance.json").read_text())
    assert told["grid"] == Prepared.load(prepared / "prepared").grid.fingerprint
    assert told["overrides"] == {"latent_size": 20, "components": 30, "epochs": 2}
    done = run("encode", "prepared", "--weights", "models/best.pt", "--out", "z.csv", cwd=prepared)
    assert done.returncode == 0, done.stderr
    stages_of(prepared / "models/run.log", ["started from ", "training autoencoder, epochs: 2", "done in "])
    stages_of(prepared / "z.log", ["encoding 24 scans", "done in "])
    subjects, _, latents = read_latents(prepared / "z.csv")
    assert latents.shape == (24, 20)
    assert subjects == list(Prepared.load(prepared / "prepared").table["subject"])
    assert np.isfinite(latents).all()
    other = run("encode", "prepared", "--weights", "models/best.pt", "--set", "latent_size=21", cwd=prepared)
    assert "best.pt" in one_line_error(other)


def test_train_then_generate_as_the_readme_says(run: Run, gan: Path, stages_of: Hold) -> None:
    done = run("generate", "prepared", "--weights", "gan/best.pt", "--count", 3, "--out", "synthetic", cwd=gan)
    assert done.returncode == 0, done.stderr
    stages_of(gan / "gan/run.log", ["training ", "done in "])
    stages_of(gan / "synthetic/run.log", ["inference, batches: 1", "done in "])
    subjects, _, latents = read_latents(gan / "synthetic/latents.csv")
    assert subjects == ["000000", "000001", "000002"]
    assert latents.shape == (3, 12)
    grid = Prepared.load(gan / "prepared").grid
    volumes = [load_grid_nifti(path, grid) for path in sorted((gan / "synthetic/volumes").iterdir())]
    assert len(volumes) == 3
    assert all(volume.max() > 0.5 for volume in volumes)
    assert not np.array_equal(volumes[0], volumes[1])
    gone = run("generate", "prepared", "--weights", "gone.pt", cwd=gan)
    assert "gone.pt: no such checkpoint" in one_line_error(gone)


@pytest.fixture(scope="module")
def conditional(run: Run, prepared: Path) -> Path:
    small = [word for pair in ("latent_size=11", "detail=6", "hidden=8") for word in ("--set", pair)]
    where = ("--dataset-dir", "prepared", "--out", "conditional", "--epochs", 2)
    trained = run("train", "t1w_conditional_generator", *where, *small, cwd=prepared)
    assert trained.returncode == 0, trained.stderr
    assert "brainaging generate --weights" in trained.stdout
    return prepared


def test_brains_are_made_to_order_and_read(run: Run, conditional: Path, stages_of: Hold) -> None:
    weights = ("--weights", "conditional/best.pt")
    asked = ("--age", "24:34", "--sex", "F", "--head-size", 1450, "--count", 4, "--labels")
    done = run("generate", *weights, *asked, "--out", "ordered", cwd=conditional)
    assert done.returncode == 0, done.stderr
    stages_of(conditional / "ordered/run.log", ["inference, batches: 1", "done in "])
    table = pd.read_csv(conditional / "ordered/brains.csv", dtype={"subject": str})
    assert table["asked_age"].between(24, 34).all()
    assert table["asked_age"].nunique() == 4
    assert set(table["asked_sex"]) == {"F"}
    assert set(table["asked_head_size"]) == {1450}
    assert table["measured_head_size"].between(1300, 1600).all()
    assert table["read_p_male"].between(0, 1).all()
    assert table["read_age"].between(0, 120).all()
    grid = Prepared.load(conditional / "prepared").grid
    volumes = [load_grid_nifti(conditional / "ordered" / file, grid) for file in table["file"]]
    assert not np.array_equal(volumes[0], volumes[1])
    named = set(pd.read_csv(conditional / "ordered/labels.csv")["label"])
    labels = np.stack([nib.load(path).get_fdata() for path in sorted((conditional / "ordered/labels").iterdir())])
    assert set(np.unique(labels)) - {0} <= named
    # most tissue has a label, and little else
    tissue = np.stack(volumes) > 0.5
    assert (labels[tissue] > 0).mean() > 0.7
    assert (labels > 0)[~tissue].mean() < 0.2


def test_people_of_a_table_are_made_and_keep_their_names(run: Run, conditional: Path) -> None:
    (conditional / "people.csv").write_text("subject,sex,age\nanna,F,30\nben,M,\n")
    words = ("generate", "--weights", "conditional/best.pt", "--people", "people.csv", "--out", "named")
    done = run(*words, cwd=conditional)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(conditional / "named/brains.csv", dtype={"subject": str})
    assert table["subject"].tolist() == ["anna", "ben"]
    assert table["asked_sex"].tolist() == ["F", "M"]
    assert table["asked_age"].isna().tolist() == [False, True]


def test_what_cannot_be_made_is_refused_in_one_line(run: Run, conditional: Path, gan: Path) -> None:
    words = ("generate", "--weights", "conditional/best.pt", "--out", "refused")
    assert "years outside of the" in one_line_error(run(*words, "--age", 80, cwd=conditional))
    assert "sex: expected F or M, found 'X'" in one_line_error(run(*words, "--sex", "X", cwd=conditional))
    (conditional / "schooled.csv").write_text("age,education\n30,12\n")
    done = run(*words, "--people", "schooled.csv", cwd=conditional)
    assert "found 'education': these weights were not trained on it" in one_line_error(done)
    done = run("generate", "--weights", "gan/best.pt", "--age", 30, cwd=gan)
    assert "expected weights of t1w_conditional_generator" in one_line_error(done)


def test_train_then_invert_as_the_readme_says(run: Run, gan: Path, stages_of: Hold) -> None:
    where = ("--dataset-dir", "prepared")
    bundle = ("train", "t1w_latent_encoder", *where, "--epochs", 1, "--set", "generated=60")
    trained = run(*bundle, "--generator", "gan/best.pt", "--out", "encoder", cwd=gan)
    assert trained.returncode == 0, trained.stderr
    assert "brainaging invert" in trained.stdout
    done = run("invert", "prepared", "--weights", "encoder/best.pt", "--steps", 5, "--out", "inverted", cwd=gan)
    assert done.returncode == 0, done.stderr
    stages = [
        "encoding 24 scans",
        "descending to the latents of scans: 24",
        "measuring ",
        "writing rec",
        "done in ",
    ]
    stages_of(gan / "inverted/run.log", stages)
    scans = Prepared.load(gan / "prepared")
    subjects, _, latents = read_latents(gan / "inverted/latents.csv", scans.fingerprint)
    assert subjects == list(scans.table["subject"])
    assert latents.shape == (24, 12)
    scores = pd.read_csv(gan / "inverted/inversion.csv")
    assert (scores["mse_optimised"] <= scores["mse_encoder"] * 1.01).mean() > 0.9
    assert scores.filter(like="deviation_r").mean().gt(0.5).all()
    assert len(list((gan / "inverted/reconstructions").iterdir())) == 24
    gone = run(*bundle, "--generator", "gone.pt", "--out", "none", cwd=gan)
    assert "gone.pt: no such checkpoint" in one_line_error(gone)
    other = run("invert", "prepared", "--weights", "gan/best.pt", cwd=gan)
    assert "gan/best.pt" in one_line_error(other)


def test_train_then_predict_as_the_readme_says(run: Run, prepared: Path, stages_of: Hold) -> None:
    bundle = ("--bundle", "t1w_sex_classifier")
    where = ("--dataset-dir", "prepared", "--out", "judge")
    trained = run("train", "t1w_sex_classifier", *where, "--epochs", 1, "--set", "width=4", cwd=prepared)
    assert trained.returncode == 0, trained.stderr
    done = run("predict", "prepared", *bundle, "--weights", "judge/best.pt", "--out", "said", cwd=prepared)
    assert done.returncode == 0, done.stderr
    stages_of(prepared / "said/run.log", ["inference, batches: ", "done in "])
    table = pd.read_csv(prepared / "said/predictions.csv", dtype={"subject": str})
    assert table["subject"].tolist() == list(Prepared.load(prepared / "prepared").table["subject"])
    np.testing.assert_allclose(table["p_F"] + table["p_M"], 1, atol=1e-5)
    wrong = run("predict", "prepared", *bundle, "--weights", "models/best.pt", cwd=prepared)
    assert "predict nothing" in one_line_error(wrong)


def test_mistakes_end_in_one_line_and_exit_code_3(run: Run, prepared: Path, tmp_path: Path) -> None:
    assert "nowhere" in one_line_error(run("cohort", "nowhere", cwd=tmp_path))
    assert "t1w_33" in one_line_error(run("prepare", prepared / "cohort.csv", "--grid", "t1w_33", cwd=tmp_path))
    assert "no_such" in one_line_error(
        run("train", "no_such", "--dataset-dir", prepared / "prepared", cwd=tmp_path)
    )
    assert "prepared.json" in one_line_error(run("train", "t1w_autoencoder", "--dataset-dir", "x", cwd=tmp_path))
    wrong = run("simulate", "s", "--scenario", "mars", cwd=tmp_path)
    assert "mars" in one_line_error(wrong)
    mended = run(
        "train", "t1w_autoencoder", "--dataset-dir", prepared / "prepared", "--set", "epochs", cwd=tmp_path
    )
    assert "key=value" in one_line_error(mended)
    in_a_file = run("cohort", prepared / "simulated", "--out", prepared / "cohort.csv" / "x.csv", cwd=tmp_path)
    assert "cohort.csv" in one_line_error(in_a_file)


def test_a_broken_scan_is_named_and_can_be_set_aside(run: Run, cohort: Path, tmp_path: Path) -> None:
    shutil.copytree(cohort / "simulated", tmp_path / "simulated")
    assert run("cohort", "simulated", cwd=tmp_path).returncode == 0
    scans = sorted((tmp_path / "simulated").glob("*/T1w/*.nii.gz"))
    scans[0].write_bytes(scans[0].read_bytes()[:2000])
    scans[1].write_bytes(b"this is no image")
    stopped = run("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", 1, cwd=tmp_path)
    assert stopped.returncode == 3
    assert "Traceback" not in stopped.stderr
    for scan in scans[:2]:
        assert scan.parts[-3] in stopped.stderr
    done = run("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", 1, "--skip-bad", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "prepared/excluded.csv")) == 2
    assert len(Prepared.load(tmp_path / "prepared")) == 22


def test_reproduce_writes_the_table_and_the_report_and_nothing_restricted(
    run: Run, run_small: Run, cohort: Path, tmp_path: Path, stages_of: Hold
) -> None:
    shutil.copytree(cohort / "simulated", tmp_path / "simulated")
    restricted = pd.read_csv(tmp_path / "simulated/restricted.csv", dtype=str)
    restricted["Family_ID"] = "FAMCANARY" + restricted["Family_ID"]
    restricted["Age_in_Yrs"] = (restricted["Age_in_Yrs"].astype(float).round() + 0.31415926).map("{:.8f}".format)
    restricted.to_csv(tmp_path / "simulated/restricted.csv", index=False)
    assert run("cohort", "simulated", cwd=tmp_path).returncode == 0
    done = run_small("reproduce", "cohort.csv", "--budget", "short", "--out", "out", "--workers", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    stages = [
        *(
            "preparing scans: 24",
            "experiment scans",
            "autoencoder-50, fold 0: ",
            "training autoencoder-50, epochs: 2",
        ),
        *("analysing 24 scans over 3 folds", "sex from voxels by ", "scoring answers: ", "scoring the reconstruc"),
        *(
            "experiment synthetic",
            "experiment generators",
            "experiment edits",
            "writing the report, sections: ",
            "drawing summary.png",
        ),
        "done in ",
    ]
    stages_of(tmp_path / "out/run.log", stages)
    results = pd.read_csv(tmp_path / "out/results.csv")
    assert list(results.columns) == list(COLUMNS)
    scores = results[(results["kind"] == "score") & results["adjustment"].isna()]
    grouped = scores[(scores["split"] == "grouped") & scores["metric"].isin(["accuracy", "balanced_accuracy"])]
    for target in ("sex", "age_bracket"):
        for features in ("voxels", "latents"):
            row = grouped[(grouped["target"] == target) & (grouped["features"] == features)]
            assert row[["value", "ci_low", "ci_high", "baseline_value"]].notna().to_numpy().all()
            assert row["original_value"].notna().any()
    # two thirds of 24 are too few to learn an edit from, and the table says so
    edits = results[results["experiment"] == "edits"]
    assert edits["reason"].str.contains("at least 20 scans").all()
    assert len(edits) == 1
    worth = results[results["experiment"] == "generators"]
    assert worth["reason"].str.contains("people of known age, sex and head size").all()
    assert len(worth) == 1
    told = json.loads((tmp_path / "out/provenance.json").read_text())
    assert {"seed", "versions", "grid", "cohort", "budget"} <= set(told)
    assert json.loads((tmp_path / "out/cohort.json").read_text())["simulated"] is True
    page = (tmp_path / "out/report.html").read_text()
    assert "simulated" in page
    for file in [path for path in (tmp_path / "out").rglob("*") if path.is_file()]:
        content = file.read_bytes()
        assert b"FAMCANARY" not in content, file
        assert b".314159" not in content, file  # four digits turn up among the scores by chance
    # a finished run typed again keeps its weights
    weights = tmp_path / "out/models/autoencoder-50/fold-0/best.pt"
    before = weights.stat().st_mtime_ns
    words = ("reproduce", "cohort.csv", "--budget", "short", "--workers", 1)
    again = run_small(*words, "--only", "scans", "--out", "out", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert weights.stat().st_mtime_ns == before
    # one part alone replaces its own rows, and keeps the others
    pd.testing.assert_frame_equal(results, pd.read_csv(tmp_path / "out/results.csv"))
    alone = run_small(*words, "--only", "edits", "--out", "edits", cwd=tmp_path)
    assert alone.returncode == 0, alone.stderr
    assert pd.read_csv(tmp_path / "edits/results.csv")["experiment"].tolist() == ["edits"]
    assert "No brain was edited" in (tmp_path / "edits/report.html").read_text()
    other = run_small(*words, "--out", "out", "--seed", 9, cwd=tmp_path)
    assert "another" in one_line_error(other)


@pytest.mark.slow
def test_reproduce_moves_brains_in_the_latents_of_its_own_networks_too(
    run: Run, run_small: Run, tmp_path: Path
) -> None:
    assert run("simulate", "simulated", "--subjects", 45, "--spacing", 6, cwd=tmp_path).returncode == 0
    assert run("cohort", "simulated", cwd=tmp_path).returncode == 0
    done = run_small("reproduce", "cohort.csv", "--budget", "short", "--out", "out", "--workers", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    results = pd.read_csv(tmp_path / "out/results.csv")
    edits = results[(results["experiment"] == "edits") & (results["metric"] == "correlation")]
    assert set(edits["edit"]) == {"age+10", "sex"}
    latent = {f"linear_latent_{name}" for name in ("pca", "autoencoder", "gan")}
    assert latent | {"deformation", "scenario_oracle"} <= set(edits["model"])
    assert edits["value"].between(-1, 1).all()
    assert "Moving a brain along age and sex" in (tmp_path / "out/report.html").read_text()


@pytest.mark.slow
def test_reproduce_goes_on_after_kill_9(cohort: Path, tmp_path: Path) -> None:
    words = ["reproduce", str(cohort / "cohort.csv"), "--budget", "short", "--workers", "1", "--out"]
    whole = started(*words, "whole", cwd=tmp_path, timeout=600)
    assert whole.returncode == 0, whole.stderr
    killed = subprocess.Popen(
        [str(PROGRAM), *words, "killed"], cwd=tmp_path, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    second = tmp_path / "killed/models/autoencoder-50/fold-1/last.pt"
    deadline = time.monotonic() + 300
    while not second.is_file() and time.monotonic() < deadline:
        time.sleep(0.2)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert second.is_file()
    assert not (tmp_path / "killed/results.csv").exists()
    resumed = started(*words, "killed", cwd=tmp_path, timeout=600)
    assert resumed.returncode == 0, resumed.stderr
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "whole/results.csv"), pd.read_csv(tmp_path / "killed/results.csv")
    )


def test_real_scans_from_bids_to_prepared(run: Run, shared_data: Path, tmp_path: Path) -> None:
    """Three of the real scans without hand work; all 24 are in the slow tests."""
    source = tmp_path / "bids"
    wanted = ("sub-01", "sub-45", "sub-72")
    for subject in wanted:
        shutil.copytree(shared_data / "ds002748" / subject, source / subject)
    people = pd.read_csv(shared_data / "ds002748/participants.tsv", sep="\t")
    people[people["participant_id"].isin(wanted)].to_csv(source / "participants.tsv", sep="\t", index=False)
    shutil.copy(shared_data / "ds002748/dataset_description.json", source)
    assert run("cohort", source, cwd=tmp_path).returncode == 0
    done = run("prepare", "cohort.csv", "--grid", "t1w_48", "--workers", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = Prepared.load(tmp_path / "prepared").table
    assert (table["template_dice"] >= 0.92).all()
    volume = nib.load(tmp_path / "prepared" / table["file"][0])
    assert volume.shape == (48, 48, 48)
