"""Bundles run from Python: killed and resumed, overridden, and wrong in the ways that users are."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from brainaging.bundles import bundle_names, bundle_path
from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.data.morphometry import (
    columns_of,
    mirror_of,
    prepare_morphometry,
    read_morphometry,
    table_datalist,
)
from brainaging.pipeline.engines import load_network, read_checkpoint, run_bundle
from brainaging.pipeline.runtime import UserError

BUNDLES = bundle_names()
AUTOENCODER = bundle_path("t1w_autoencoder")
TABLE = bundle_path("morphometry_autoencoder")
TINY = {"latent_size": 8, "components": 16, "hidden": 8}
TINY_TABLE = {"latent_size": 4, "hidden": 4}


def _train(folder: Path, prepared: Path, bundle: Path = AUTOENCODER, **overrides: object) -> None:
    places = {"ckpt_dir": str(folder), "output_dir": str(folder), "dataset_dir": str(prepared)}
    run_bundle(bundle, "train", **{**_tiny(bundle), **places, "epochs": 1, **overrides})


def _tiny(bundle: Path) -> dict[str, int]:
    return TINY if bundle == AUTOENCODER else TINY_TABLE


@pytest.fixture(scope="module")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    _train(folder, prepared)
    return folder


def _start(folder: Path, prepared: Path, bundle: Path, overrides: dict[str, int]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", f"{bundle}/configs/train.json"]
    command += ["--dataset_dir", str(prepared), "--ckpt_dir", str(folder), "--output_dir", str(folder)]
    for name, value in {**_tiny(bundle), **overrides}.items():
        command += [f"--{name}", str(value)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("bundle", "epochs"), [(AUTOENCODER, 40), pytest.param(TABLE, 80, marks=pytest.mark.slow)]
)
def test_kill_9_and_resume_end_with_the_same_bits(bundle: Path, epochs: int, dataset_of, tmp_path: Path) -> None:
    prepared, overrides = dataset_of(bundle.name), {"epochs": epochs, "batch_size": 4, "patience": epochs}
    process = _start(tmp_path / "killed", prepared, bundle, overrides)
    curves = tmp_path / "killed" / "curves.csv"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if curves.is_file() and curves.read_text().count("val_mse") >= 3:
            break
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = read_checkpoint(tmp_path / "killed" / "last.pt")
    assert 2 <= kept["epoch"] < epochs
    for name in ("killed", "whole"):
        _train(tmp_path / name, prepared, bundle, **overrides)
    for name in ("last.pt", "best.pt"):
        killed, whole = (read_checkpoint(tmp_path / run / name)["model"] for run in ("killed", "whole"))
        assert killed.keys() == whole.keys()
        for key, value in whole.items():
            assert torch.equal(killed[key], value) if isinstance(value, torch.Tensor) else killed[key] == value
    assert curves.read_text() == (tmp_path / "whole" / "curves.csv").read_text()
    assert not list((tmp_path / "killed").glob(".tmp-*.pt"))


def test_overrides_reach_what_they_name(prepared: Path, tmp_path: Path) -> None:
    workflow = run_bundle(
        AUTOENCODER,
        "train",
        **{**TINY, "latent_size": 5, "epochs": 1, "batch_size": 3, "learning_rate": 0.02, "patience": 7},
        experiment="mine",
        fold=3,
        seed=9,
        flip=0.0,
        elastic=0.0,
        noise=0.1,
        dataset_dir=str(prepared),
        ckpt_dir=str(tmp_path / "c"),
        output_dir=str(tmp_path / "o"),
        cache="memory",
        resume=False,
    )
    get = workflow.parser.get_parsed_content
    assert get("network_def").latent_size == 5
    assert get("train#dataloader").batch_size == get("validate#dataloader").batch_size == 3
    assert get("optimizer").param_groups[0]["initial_lr"] == 0.02
    assert get("early_stop").patience == 7
    batch = get("train#trainer").prepare_batch
    assert (batch.flip, batch.elastic, batch.noise) == (0.0, 0.0, 0.1)
    curves = pd.read_csv(tmp_path / "o" / "curves.csv")
    assert set(curves["experiment"]) == {"mine"}
    assert set(curves["fold"]) == {3}
    assert read_checkpoint(tmp_path / "c" / "best.pt")["settings"]["latent_size"] == 5


def test_validation_subjects_never_reach_the_components(prepared: Path, trained: Path, tmp_path: Path) -> None:
    table = pd.read_csv(prepared / "cohort.csv")
    test = [str(prepared / name) for name in table.loc[table["split"] == "test", "file"]]
    _train(tmp_path, prepared, **{"validate#data": [{"image": path, "subject": "x"} for path in test]})
    one, other = (read_checkpoint(folder / "last.pt")["model"] for folder in (trained, tmp_path))
    assert one["unit"] == other["unit"]
    assert torch.equal(one["components"], other["components"])


def test_evaluation_and_inference_run_from_python(prepared: Path, trained: Path, tmp_path: Path, caplog) -> None:
    places = {"ckpt_dir": str(trained), "output_dir": str(tmp_path), "dataset_dir": str(prepared)}
    for config in ("evaluate", "inference"):
        run_bundle(AUTOENCODER, config, **TINY, **places)
    assert {path.name for path in tmp_path.iterdir()} >= {"metrics.csv", "latents.csv", "reconstructions"}
    assert "Logging file" not in caplog.text


def test_a_smaller_inference_leaves_no_older_volume(prepared: Path, trained: Path, tmp_path: Path) -> None:
    places = {"ckpt_dir": str(trained), "output_dir": str(tmp_path), "dataset_dir": str(prepared)}
    for split, count in ((None, 14), ("test", len(pd.read_csv(prepared / "cohort.csv").query("split == 'test'")))):
        run_bundle(AUTOENCODER, "inference", **TINY, **places, split=split)
        assert len(list((tmp_path / "reconstructions").iterdir())) == count
        assert len(pd.read_csv(tmp_path / "latents.csv")) == count


@pytest.mark.parametrize(
    ("config", "overrides", "message"),
    [
        ("train", {"dataset_dir": "nowhere"}, "nowhere: not a prepared folder"),
        ("train", {"latent_sise": 5}, "no value is called 'latent_sise'; did you mean latent_size"),
        ("train", {"xyzzy": 5}, "no value is called 'xyzzy'; there are batch_size.*latent_size"),
        ("train", {"cache": "gpuu"}, "cache: expected gpu|cache: expected auto, gpu"),
        ("train", {"resume": "false"}, "resume must be True or False"),
        ("inference", {"ckpt_name": "gone.pt"}, "gone.pt: no such checkpoint"),
        ("inference", {"latent_size": 9}, "best.pt: .*refine.*expected .*9.*, found .*8"),
        ("inference", {"split": "tset"}, "split: expected train, val, test, found 'tset'"),
        ("evaluate", {"ckpt_name": "gone.pt"}, "gone.pt: no such checkpoint"),
        ("nothing", {}, "no config 'nothing' in this bundle, which has evaluate, inference"),
    ],
)
def test_a_users_mistake_is_one_line(config, overrides, message, prepared, trained, tmp_path) -> None:
    places = {"ckpt_dir": str(trained), "output_dir": str(tmp_path), "dataset_dir": str(prepared)}
    with pytest.raises(UserError, match=message) as caught:
        run_bundle(AUTOENCODER, config, **{**TINY, **places, **overrides})
    assert "\n" not in str(caught.value)


def test_a_bug_keeps_its_causes(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        _train(tmp_path, prepared, loss="$1 / 0")
    causes, error = [], caught.value
    while error is not None:
        causes.append(type(error))
        error = error.__cause__ or error.__context__
    assert UserError not in causes
    assert ZeroDivisionError in causes


def test_a_network_is_loaded_in_its_own_size(prepared: Path, trained: Path) -> None:
    network = load_network(AUTOENCODER, trained / "best.pt", dataset_dir=str(prepared), learning_rate=1.0)
    assert network.latent_size == 8
    assert not network.training


def test_weights_that_do_not_fit_are_one_line(prepared: Path, trained: Path, tmp_path: Path) -> None:
    whole = (trained / "best.pt").read_bytes()
    (tmp_path / "half.pt").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "garbage.pt").write_bytes(b"this is no checkpoint")
    torch.save([1, 2], tmp_path / "list.pt")
    state = read_checkpoint(trained / "best.pt")
    state["model"]["_extra_state"] = {"grid": "t1w_70-0000"}
    torch.save(state, tmp_path / "other-grid.pt")
    cases = {
        "gone.pt": "no such checkpoint",
        "half.pt": "found one that is cut short",
        "garbage.pt": "found text that begins 'this is no checkpoint'",
        "list.pt": "holds no weights",
        "other-grid.pt": "t1w_70-0000.*t1w_32-",
    }
    for name, message in cases.items():
        with pytest.raises(UserError, match=rf"{name}.*{message}") as caught:
            load_network(AUTOENCODER, tmp_path / name, dataset_dir=str(prepared))
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match=r"best\.pt.*refine.*expected .*9.*, found .*8"):
        load_network(AUTOENCODER, trained / "best.pt", dataset_dir=str(prepared), latent_size=9)


def test_validation_people_never_reach_a_tables_scale(prepared_table: Path, tmp_path: Path) -> None:
    data = table_datalist(prepared_table, "test")
    _train(tmp_path / "one", prepared_table, TABLE)
    _train(tmp_path / "other", prepared_table, TABLE, **{"validate#data": data})
    one, other = (read_checkpoint(tmp_path / name / "last.pt")["model"] for name in ("one", "other"))
    for name in ("mean", "scale", "components"):
        assert torch.equal(one[name], other[name])
    assert one["_extra_state"]["columns"] == columns_of(prepared_table)


@pytest.mark.parametrize("flip", [True, False])
def test_a_table_is_started_from_its_training_rows_alone(flip: bool, prepared_table: Path, tmp_path: Path) -> None:
    _train(tmp_path, prepared_table, TABLE, flip=flip)
    rows = torch.stack([torch.from_numpy(row["image"]) for row in table_datalist(prepared_table, "train")])
    columns = columns_of(prepared_table)
    fresh = MorphometryAutoencoder(columns, **TINY_TABLE, mirror=mirror_of(columns))
    fresh.start_from(rows, flip=flip)
    assert torch.equal(read_checkpoint(tmp_path / "last.pt")["model"]["components"], fresh.components)


def test_a_table_with_other_columns_is_refused_and_both_sides_are_named(
    prepared_table: Path, tmp_path: Path
) -> None:
    bundle = bundle_path("morphometry_autoencoder")
    places = {"ckpt_dir": str(tmp_path / "m"), "output_dir": str(tmp_path / "m"), "latent_size": 4, "hidden": 4}
    run_bundle(bundle, "train", dataset_dir=str(prepared_table), epochs=1, **places)
    frame = pd.read_csv(prepared_table.parent / "table.csv").rename(
        columns={"FS_L_Hippo_Vol": "FS_L_Pallidum_Vol"}
    )
    frame.to_csv(tmp_path / "other.csv", index=False)
    cohort = read_cohort(tmp_path / "other.csv", scans=False)
    other = prepare_morphometry(cohort, read_morphometry(tmp_path / "other.csv"), tmp_path / "other").folder
    message = r"best\.pt.*1 missing \(FS_L_Hippo_Vol\), 1 new \(FS_L_Pallidum_Vol\)"
    with pytest.raises(UserError, match=message):
        load_network(bundle, tmp_path / "m" / "best.pt", dataset_dir=str(other))
    with pytest.raises(UserError, match=message):
        run_bundle(bundle, "inference", dataset_dir=str(other), **places)


@pytest.mark.parametrize("cache_type", ["float16", "uint8"])
def test_training_with_a_packed_cache_ends_near_that_without(
    cache_type: str, trained: Path, prepared: Path, tmp_path: Path
) -> None:
    _train(tmp_path, prepared, cache_type=cache_type)
    exact, packed = (
        pd.read_csv(folder / "curves.csv").query("metric == 'val_mse'")["value"].iloc[-1]
        for folder in (trained, tmp_path)
    )
    assert packed == pytest.approx(exact, rel=0.02) and packed != exact


def test_an_unknown_cache_type_is_refused(prepared: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cache_type: expected float32, float16, uint8, found 'float8'"):
        _train(tmp_path, prepared, cache_type="float8")


def test_a_second_training_reads_the_cache_of_the_first(trained: Path, prepared: Path, tmp_path: Path) -> None:
    def run(name: str) -> dict[str, float]:
        _train(tmp_path / name, prepared, cache="disk", cache_dir=str(tmp_path / "cache"))
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()}

    first = run("first")
    assert first and run("second") == first
    weights = [read_checkpoint(folder / "last.pt")["model"] for folder in (trained, tmp_path / "second")]
    tensors = {key: value for key, value in weights[0].items() if isinstance(value, torch.Tensor)}
    assert tensors and all(torch.equal(value, weights[1][key]) for key, value in tensors.items())
