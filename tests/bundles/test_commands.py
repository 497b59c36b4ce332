"""The commands in a bundle's README, typed as they stand there, leave what it says."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
from monai.bundle import ConfigParser

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.data import Prepared, datalist
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import (
    decode_latents,
    encode_volumes,
    load_network,
    predict_volumes,
    read_checkpoint,
    read_latents,
)
from brainaging.transforms import load_grid_nifti

BUNDLES = bundle_names()
AUTOENCODERS = [name for name in BUNDLES if name.endswith("autoencoder")]
SCANS = [name for name in AUTOENCODERS if name.startswith("t1w")]
#: a trainer of MONAI's and one of ours; of every bundle the slow checks ask more (`brainaging bundles check`)
ENGINES = ("t1w_autoencoder", "t1w_gan")
#: what chooses the best epoch, and the epochs that have it when two are trained
KEYS = {
    "t1w_gan": ("val_mmd", [2]),
    "t1w_age_regressor": ("val_loss", [1, 2]),
    "t1w_conditional_generator": ("val_loss", [1, 2]),
    "t1w_latent_encoder": ("val_loss", [1, 2]),
    "t1w_sex_classifier": ("val_loss", [1, 2]),
}
PREDICTORS = [name for name in BUNDLES if name in ("t1w_age_regressor", "t1w_sex_classifier")]
TABLES = [name for name in AUTOENCODERS if name.startswith("morphometry")]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_training_leaves_checkpoints_and_curves(bundle: str, worked) -> None:
    out = worked(bundle) / "out"
    assert read_checkpoint(out / "models" / "last.pt")["epoch"] == 2
    assert "model" in read_checkpoint(out / "models" / "best.pt")
    curves = pd.read_csv(out / "eval" / "curves.csv")
    assert sorted(set(curves["epoch"])) == [1, 2]
    key, epochs = KEYS.get(bundle, ("val_mse", [1, 2]))
    assert {"train_loss", key} <= set(curves["metric"])
    assert sorted(curves.loc[curves["metric"] == key, "epoch"]) == epochs
    assert np.isfinite(curves["value"]).all()
    assert list((out / "eval").glob("events.out.tfevents.*"))


@pytest.mark.parametrize("bundle", BUNDLES)
def test_commands_say_what_they_do_and_little_else(bundle: str, worked) -> None:
    said, warned = json.loads((worked(bundle) / "train.log").read_text())
    assert "epoch 2 of 2" in said
    # MONAI's own advice on trust stays; our handlers give no cause for another warning.
    assert [line for line in warned.splitlines() if "Warning" in line and "parsing config_file" not in line] == []


@pytest.mark.parametrize("bundle", TABLES)
def test_evaluation_of_a_table_leaves_errors_in_standard_deviations(bundle: str, worked) -> None:
    lines = (worked(bundle) / "out" / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_mse", "mae"}
    assert 0 < metrics["val_mse"] < 1
    assert 0 < metrics["mae"] < 1


@pytest.mark.parametrize("bundle", TABLES)
def test_inference_on_a_table_leaves_both_tables(bundle: str, worked, dataset_of) -> None:
    out, table = worked(bundle) / "out", PreparedTable.load(dataset_of(bundle))
    subjects, _, latents = read_latents(out / "eval" / "latents.csv", table.fingerprint)
    assert subjects == table.cohort.table["subject"].tolist()
    network = load_network(bundle_path(bundle), out / "models" / "best.pt", dataset_dir=str(table.folder))
    np.testing.assert_allclose(latents, encode_volumes(network, table.values), atol=1e-4)
    made = pd.read_csv(out / "eval" / "reconstructions.csv", dtype={"subject": str})
    assert list(made.columns) == ["subject", "session", *table.names]
    np.testing.assert_allclose(made[table.names], decode_latents(network, latents), rtol=1e-4)


@pytest.mark.parametrize("bundle", SCANS)
def test_evaluation_leaves_finite_metrics(bundle: str, worked) -> None:
    lines = (worked(bundle) / "out" / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_mse", "ssim", "mae"}
    assert 0 < metrics["val_mse"] < metrics["mae"] < 1
    assert 0 < metrics["ssim"] <= 1


@pytest.mark.parametrize("bundle", SCANS)
def test_inference_leaves_a_volume_and_a_row_a_scan(bundle: str, worked, prepared: Path) -> None:
    out, cohort = worked(bundle) / "out", Prepared.load(prepared)
    subjects, _, latents = read_latents(out / "eval" / "latents.csv", cohort.grid.fingerprint)
    assert subjects == cohort.table["subject"].tolist()
    network = load_network(bundle_path(bundle), out / "models" / "best.pt", dataset_dir=str(prepared))
    expected = decode_latents(network, latents)
    files = sorted((out / "eval" / "reconstructions").iterdir())
    assert len(files) == len(subjects) == len(expected)
    for path, volume in zip(files, expected, strict=True):
        np.testing.assert_allclose(load_grid_nifti(path, cohort.grid), volume, atol=1e-5)
        np.testing.assert_array_equal(nib.load(path).affine, cohort.grid.affine)


@pytest.mark.parametrize("bundle", AUTOENCODERS)
def test_exported_torchscript_computes_the_same(bundle: str, worked, dataset_of) -> None:
    folder, data = worked(bundle), dataset_of(bundle)
    scripted = torch.jit.load(folder / "model.ts").eval()
    network = load_network(bundle_path(bundle), folder / "out" / "models" / "best.pt", dataset_dir=str(data))
    table = bundle in TABLES
    inputs = PreparedTable.load(data).values[:3] if table else Prepared.load(data).volumes()[:3, None]
    with torch.no_grad():
        torch.testing.assert_close(scripted(torch.from_numpy(inputs)), network(torch.from_numpy(inputs)))


@pytest.mark.parametrize(
    "bundle", [pytest.param(name, marks=[] if name in ENGINES else pytest.mark.slow) for name in BUNDLES]
)
def test_two_processes_train_together(bundle: str, worked, command_line, tmp_path: Path) -> None:
    done = command_line(bundle, "multi_gpu_train", tmp_path, "--epochs 2")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("epoch 2 of 2") == 1  # the first process speaks for both
    state = read_checkpoint(tmp_path / "out" / "models" / "last.pt")
    assert state["epoch"] == 2
    assert not any(name.startswith("module.") for name in state["model"])
    alone = pd.read_csv(worked(bundle) / "out" / "eval" / "curves.csv")
    together = pd.read_csv(tmp_path / "out" / "eval" / "curves.csv")
    assert together[["epoch", "metric"]].equals(alone[["epoch", "metric"]])
    if bundle not in AUTOENCODERS:
        return  # the documented batch is a process's own, so that here two train on twice as much at once
    pair = [table.loc[table["metric"] == "val_mse", "value"].to_numpy() for table in (alone, together)]
    # Both start from the same components and score all validation scans, whichever process saw them.
    np.testing.assert_allclose(pair[1], pair[0], rtol=0.02)


def test_the_gan_s_training_scans_carry_their_sex(prepared: Path) -> None:
    parser = ConfigParser()
    parser.read_config(bundle_path("t1w_gan") / "configs" / "train.json")
    parser["dataset_dir"] = str(prepared)
    items, cohort = parser.get_parsed_content("train#data"), Prepared.load(prepared)
    assert [item["subject"] for item in items] == [item["subject"] for item in datalist(prepared, "train")]
    sexes = dict(zip(cohort.cohort.table["subject"], cohort.cohort.table["sex"], strict=True))
    assert [("F", "M")[item["label"]] for item in items] == [sexes[item["subject"]] for item in items]


def test_the_gan_makes_brains_and_their_latents(worked, prepared: Path) -> None:
    out, cohort = worked("t1w_gan") / "out", Prepared.load(prepared)
    subjects, _, latents = read_latents(out / "synthetic" / "latents.csv", cohort.grid.fingerprint)
    assert len(subjects) == 100
    assert np.isfinite(latents).all()
    network = load_network(bundle_path("t1w_gan"), out / "models" / "best.pt", dataset_dir=str(prepared))
    z, detail = network.draw(100, torch.Generator().manual_seed(0))
    np.testing.assert_allclose(latents, z.numpy(), atol=1e-6)
    with torch.no_grad():
        expected = network(z, detail)[:, 0].numpy()
    files = sorted((out / "synthetic" / "volumes").iterdir())
    assert len(files) == 100
    for path, volume in zip(files[:5], expected[:5], strict=True):
        np.testing.assert_allclose(load_grid_nifti(path, cohort.grid), volume, atol=1e-5)
        np.testing.assert_array_equal(nib.load(path).affine, cohort.grid.affine)


def test_the_gan_is_evaluated_beside_scans(worked) -> None:
    lines = (worked("t1w_gan") / "out" / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_mmd", "val_frechet", "val_similarity", "val_variance"}
    assert metrics["val_frechet"] > 0
    assert 0 < metrics["val_variance"] < 10
    assert abs(metrics["val_similarity"]) < 1


def test_the_conditional_generator_is_evaluated_beside_its_closed_form(worked) -> None:
    lines = (worked("t1w_conditional_generator") / "out" / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_loss", "val_start"}
    # ten scans leave latents of others far out; what two epochs learn changes little
    assert metrics["val_start"] > 0
    assert metrics["val_loss"] == pytest.approx(metrics["val_start"], rel=0.5)


def test_the_conditional_generator_makes_brains_their_latents_and_a_table(worked, prepared: Path) -> None:
    out, cohort = worked("t1w_conditional_generator") / "out", Prepared.load(prepared)
    subjects = read_latents(out / "synthetic" / "latents.csv", cohort.grid.fingerprint).subjects
    table = pd.read_csv(out / "synthetic" / "brains.csv", dtype={"subject": str})
    assert table["subject"].tolist() == subjects
    assert len(subjects) == 100
    assert table[["asked_age", "asked_sex", "asked_head_size"]].isna().all(axis=None)
    assert (table["measured_head_size"] > 500).all()
    bundle = bundle_path("t1w_conditional_generator")
    network = load_network(bundle, out / "models" / "best.pt", dataset_dir=str(prepared))
    noise, detail = network.draw(100, torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = network(noise, None, detail)[:, 0].numpy()
    for file, volume in zip(table["file"][:5], expected[:5], strict=True):
        np.testing.assert_allclose(load_grid_nifti(out / "synthetic" / file, cohort.grid), volume, atol=1e-4)


@pytest.mark.parametrize("bundle", PREDICTORS)
def test_a_predictor_is_evaluated_and_writes_a_row_a_scan(bundle: str, worked, prepared: Path) -> None:
    out, cohort = worked(bundle) / "out", Prepared.load(prepared)
    lines = (out / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_loss", "val_error"}
    assert metrics["val_loss"] > 0
    table = pd.read_csv(out / "eval" / "predictions.csv", dtype={"subject": str})
    assert table["subject"].tolist() == cohort.table["subject"].tolist()
    network = load_network(bundle_path(bundle), out / "models" / "best.pt", dataset_dir=str(prepared))
    said = predict_volumes(network, cohort.volumes())
    columns = ["p_F", "p_M"] if bundle == "t1w_sex_classifier" else ["age"]
    np.testing.assert_allclose(table[columns], said, atol=1e-4)


def test_the_encoder_finds_latents_and_is_evaluated_on_them(worked, prepared: Path) -> None:
    out, cohort = worked("t1w_latent_encoder") / "out", Prepared.load(prepared)
    lines = (out / "eval" / "metrics.csv").read_text().splitlines()
    metrics = {name: float(value) for name, value in (line.split(",") for line in lines)}
    assert set(metrics) == {"val_loss", "val_latent", "val_image"}
    assert metrics["val_loss"] == pytest.approx(metrics["val_latent"] + 100 * metrics["val_image"], rel=1e-3)
    subjects, _, latents = read_latents(out / "eval" / "latents.csv", cohort.grid.fingerprint)
    assert subjects == cohort.table["subject"].tolist()
    bundle = bundle_path("t1w_latent_encoder")
    network = load_network(bundle, out / "models" / "best.pt", dataset_dir=str(prepared))
    np.testing.assert_allclose(latents, encode_volumes(network, cohort.volumes()), atol=1e-3)
    assert len(list((out / "eval" / "reconstructions").iterdir())) == len(subjects)
