"""`brainaging tune` through its entry point: a real search, typed again with more trials, and mistakes."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
TUNE = ("tune", "morphometry_autoencoder", "table", "--folds", 2, "--epochs", 1, "--set", "hidden=8")
VARY = ("--vary", "latent_size=1:6", "--vary", "learning_rate=1e-4:1e-2:log")


@pytest.fixture(scope="module")
def people(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a prepared table of forty people."""
    folder = tmp_path_factory.mktemp("tune")
    regions = ("FS_InterCranial_Vol", "FS_L_Hippo_Vol", "FS_R_Hippo_Vol", "FS_L_Caudate_Vol")
    sizes = [(1.5e6 + n, 3900 + n * n % 83, 4000 + n * 7 % 89, 3500 + n * 5 % 97) for n in range(40)]
    rows = [(100_000 + n, "FM"[n % 2], "26-30", *sizes[n]) for n in range(40)]
    names = ["Subject", "Gender", "Age", *regions]
    pd.DataFrame(rows, columns=names).to_csv(folder / "people_measures.csv", index=False)
    for words in (
        ("cohort", "people_measures.csv", "--no-scans", "--out", "people.csv"),
        ("prepare", "people.csv", "--morphometry", "people_measures.csv", "--out", "table"),
    ):
        done = run(*words, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def test_a_search_is_done_and_typed_again_goes_on(run: Run, people: Path) -> None:
    done = run(*TUNE, *VARY, "--trials", 2, cwd=people)
    assert done.returncode == 0, done.stderr
    first = pd.read_csv(people / "tuned/trials.csv")
    assert len(first) == 2 and (first["val_mse"] > 0).all()
    assert first["latent_size"].between(1, 6).all() and first["learning_rate"].between(1e-4, 1e-2).all()
    assert "next: brainaging train morphometry_autoencoder --dataset-dir table --set latent_size=" in done.stdout
    again = run(*TUNE, *VARY, "--trials", 3, cwd=people)
    assert again.returncode == 0, again.stderr
    both = pd.read_csv(people / "tuned/trials.csv")
    assert sorted(both["trial"]) == [0, 1, 2]
    assert set(first["val_mse"]) <= set(both["val_mse"])
    # people are in no file by name but in the prepared folder
    assert not any(b"100039" in path.read_bytes() for path in (people / "tuned").rglob("*") if path.is_file())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--vary", "latent_sise=1:6"), "no value is called 'latent_sise'"),
        (("--vary", "latent_size=6"), "expected id=low:high"),
        (("--vary", "hidden=4:8"), "--vary hidden: it is fixed too"),
        (("--vary", "latent_size=1:9", "--out", "tuned", "--seed", 1), "holds another search"),
    ],
)
def test_a_mistake_is_one_line(run: Run, people: Path, words: tuple, message: str) -> None:
    if message == "holds another search":
        # whichever test ran before
        assert run(*TUNE, *VARY, "--trials", 1, cwd=people).returncode == 0
    done = run(*TUNE, *words, cwd=people)
    assert done.returncode == 3, done.stderr
    assert message in done.stderr and "Traceback" not in done.stderr
