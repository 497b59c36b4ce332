"""The table side of the command line, typed as a user types it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from brainaging.pipeline.engines import read_latents

Done = subprocess.CompletedProcess[str]
Typed = Callable[..., str]


def _fine(run: Callable[..., Done]) -> Typed:
    def typed(*words: object, cwd: Path) -> str:
        done = run(*words, cwd=cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return typed


@pytest.fixture(scope="module")
def fine(run: Callable[..., Done]) -> Typed:
    """Return what types a command that must succeed, and gives what it says."""
    return _fine(run)


@pytest.fixture(scope="module")
def fine_and_small(run_small: Callable[..., Done]) -> Typed:
    """Return the same with a short budget that is smaller still."""
    return _fine(run_small)


@pytest.fixture(scope="module")
def mistake(run: Callable[..., Done]) -> Typed:
    """Return what types a command that is a user's mistake: exit code 3, no traceback; it gives the message."""

    def typed(*words: object, cwd: Path) -> str:
        done = run(*words, cwd=cwd)
        assert done.returncode == 3, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    return typed


@pytest.fixture(scope="module")
def people(fine: Typed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated cohort of 60 as people without scans."""
    folder = tmp_path_factory.mktemp("people")
    fine("simulate", "simulated", "--subjects", 60, "--spacing", 8, cwd=folder)
    told = fine("cohort", "simulated", "--no-scans", "--out", "people.csv", cwd=folder)
    assert "60 people" in told
    assert "--morphometry TABLE" in told
    return folder


@pytest.fixture(scope="module")
def trained(fine: Typed, people: Path) -> Path:
    told = fine(
        "prepare", "people.csv", "--morphometry", "simulated/unrestricted.csv", "--out", "table", cwd=people
    )
    assert "FS_Mask_Vol left out: is the same as FS_InterCranial_Vol" in told
    fine(
        "train", "morphometry_autoencoder", "--dataset-dir", "table", "--out", "models", "--epochs", 2,
        "--set", "latent_size=6", cwd=people,
    )  # fmt: skip
    return people


def test_a_table_is_prepared_trained_on_and_encoded(fine: Typed, trained: Path) -> None:
    told = fine("encode", "table", "--weights", "models/best.pt", "--out", "latents.csv", cwd=trained)
    assert "60 people × 6 codes" in told
    subjects, _, latents = read_latents(trained / "latents.csv")
    assert latents.shape == (60, 6)
    assert subjects == pd.read_csv(trained / "people.csv", dtype=str)["subject"].tolist()


def test_a_table_has_directions_in_its_latents(fine: Typed, mistake: Typed, trained: Path) -> None:
    told = fine("directions", "table", "--weights", "models/best.pt", "--out", "directions", cwd=trained)
    assert "age per decade, largest: " in told
    measures = pd.read_csv(trained / "directions/measures.csv")
    assert set(measures["covariate"]) == {"age", "sex", "head_size"}
    assert (measures["ci_low"] <= measures["ci_high"]).all()
    size = measures[(measures["covariate"] == "head_size") & (measures["measure"] == "FS_InterCranial_Vol")]
    assert size["change"].item() > 0
    assert len(pd.read_csv(trained / "directions/codes.csv")) == 3 * 6
    cosines = pd.read_csv(trained / "directions/directions.csv")
    assert cosines.loc[cosines["metric"] == "cosine_age_sex", "value"].between(-1, 1).all()
    assert "--weights" in mistake("directions", "table", cwd=trained)


def test_another_table_is_refused_by_name_unless_it_has_the_columns(
    fine: Typed, mistake: Typed, trained: Path
) -> None:
    frame = pd.read_csv(trained / "simulated/unrestricted.csv", dtype={"Subject": str})
    frame["FS_L_Insula_Thck"] = 3.0
    frame.to_csv(trained / "flat.csv", index=False)
    fine("prepare", "people.csv", "--morphometry", "flat.csv", "--out", "flat", cwd=trained)
    told = mistake("encode", "flat", "--weights", "models/best.pt", "--out", "no.csv", cwd=trained)
    assert "1 missing (FS_L_Insula_Thck)" in told
    again = ("prepare", "people.csv", "--morphometry", "flat.csv", "--like", "models/best.pt", "--out", "like")
    fine(*again, cwd=trained)
    fine("encode", "like", "--weights", "models/best.pt", "--out", "yes.csv", cwd=trained)


def test_a_study_of_a_table_alone_answers_and_reports(fine_and_small: Typed, people: Path) -> None:
    table = "simulated/unrestricted.csv"
    words = ("reproduce", "people.csv", "--morphometry", table, "--budget", "short", "--out", "out")
    told = fine_and_small(*words, cwd=people)
    assert "report:" in told
    results = pd.read_csv(people / "out/results.csv")
    assert set(results["modality"]) == {"table"}
    grouped = results[(results["split"] == "grouped") & (results["metric"] == "accuracy")]
    assert {"table", "latents", "head_size"} <= set(grouped.loc[grouped["target"] == "sex", "features"])
    brackets = grouped[(grouped["target"] == "age_bracket") & (grouped["features"] == "table")]
    assert len(brackets["model"].unique()) == 13
    leaks = results[(results["kind"] == "difference") & (results["contrast"] == "split")]
    assert {"table", "latents"} <= set(leaks["features"])
    assert set(leaks["split"]) == {"random"}
    loose = results[(results["kind"] == "score") & (results["split"] == "random") & (results["target"] == "sex")]
    assert set(loose["baseline"]) == {"head_size"}
    assert (loose["baseline_value"] > 0.4).all()
    assert (results["kind"] == "ranking_precision").any()
    for name in ("importance.csv", "regions.csv", "table_pca.csv", "report.html", "provenance.json"):
        assert (people / "out" / name).stat().st_size > 0
    exact = pd.read_csv(people / "simulated/restricted.csv", dtype=str)["Age_in_Yrs"]
    assert exact.notna().all()
    assert "Age_in_Yrs" not in (people / "out/prepared_table/cohort.csv").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("reproduce", "people.csv", "--out", "x"), "people without scans: give their measures as --morphometry"),
        (
            ("reproduce", "people.csv", "--morphometry", "gone.csv", "--out", "x"),
            "gone.csv: no such file or folder",
        ),
        (("prepare", "people.csv", "--out", "x"), "people without scans"),
        (
            ("prepare", "people.csv", "--morphometry", "people.csv", "--out", "x"),
            "no column is named as FreeSurfer",
        ),
        (
            ("prepare", "people.csv", "--morphometry", "simulated", "--like", "people.csv", "--out", "x"),
            "weights",
        ),
        (("train", "t1w_autoencoder", "--dataset-dir", "table", "--out", "x"), "table"),
    ],
)
def test_a_mistake_is_one_message(mistake: Typed, trained: Path, words: tuple[str, ...], said: str) -> None:
    assert said in mistake(*words, cwd=trained)
