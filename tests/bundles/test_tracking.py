"""MLflow through MONAI's `--tracking`, with the settings that lie beside the bundles."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from brainaging.bundles import bundle_path


@pytest.mark.slow
def test_a_training_is_tracked(prepared_table: Path, run_python: Callable, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="the extra `tracking` is not installed")
    folder = bundle_path("morphometry_autoencoder")
    words = ["-m", "monai.bundle", "run", "--config_file", str(folder / "configs" / "train.json")]
    words += ["--bundle_root", "out", "--dataset_dir", str(prepared_table), "--epochs", "2", "--latent_size", "3"]
    done = run_python([*words, "--tracking", str(folder.parent / "mlflow.json")], tmp_path, [{}])[0]
    assert done.returncode == 0, done.stderr[-3000:]
    with sqlite3.connect(tmp_path / "out" / "eval" / "mlruns.db") as kept:
        metrics = dict(kept.execute("select key, count(*) from metrics group by key").fetchall())
        (status,) = kept.execute("select status from runs").fetchone()
    assert metrics["train_loss"] >= 2 and metrics["val_mse"] == 2
    assert status == "FINISHED"
    # TensorBoard's events are there as always
    assert list((tmp_path / "out" / "eval").glob("events.out.tfevents.*"))
