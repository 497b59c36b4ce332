"""`brainaging maps` through its entry point."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import Prepared
from brainaging.transforms import get_grid, load_grid_nifti, save_nifti, template_mask, template_volume

Run = Callable[..., subprocess.CompletedProcess[str]]
VOLUMES = [f"{name}_{kind}.nii.gz" for name in ("age", "sex") for kind in ("effect", "t", "p_corrected")]


REGIONS = ("LatVent", "ThalamusProper", "Caudate", "Putamen", "Hippo", "Amygdala")


def simulate(folder: Path) -> None:
    """Write twelve pairs of twins in HCP's layout: the template and noise, a corner that darkens with age."""
    rng = np.random.default_rng(0)
    grid = get_grid("t1w_32")
    template = template_volume(grid)
    open_rows, hidden_rows = [], []
    for row in range(24):
        family, subject = row // 2, str(100307 + 911 * row)
        age, male = 22 + (family * 5) % 15, int(rng.integers(0, 2))
        volume = template * (1 + 0.03 * rng.normal(size=grid.shape)) * (template > 0.05)
        volume[12:16, 14:18, 14:18] *= 1 - 0.02 * (age - 22)
        scan = folder / subject / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz"
        scan.parent.mkdir(parents=True)
        save_nifti(volume, grid, scan)
        bracket = "22-25" if age < 26 else "26-30" if age < 31 else "31-35" if age < 36 else "36+"
        volumes = {f"FS_{side}_{name}_Vol": 4000 + 300 * rng.normal() for side in "LR" for name in REGIONS}
        open_rows.append({"Subject": subject, "Gender": "FM"[male], "Age": bracket, **volumes})
        parents = {"Mother_ID": f"{50001 + family}", "Father_ID": f"{60001 + family}"}
        names = {"Subject": subject, "Age_in_Yrs": age, "ZygositySR": "NotMZ", "ZygosityGT": "DZ"}
        hidden_rows.append({**names, "Family_ID": "_".join(parents.values()), **parents})
    pd.DataFrame(open_rows).to_csv(folder / "unrestricted.csv", index=False)
    pd.DataFrame(hidden_rows).to_csv(folder / "restricted.csv", index=False)


@pytest.fixture(scope="module")
def mapped(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("maps")
    simulate(folder / "simulated")
    table = "simulated/unrestricted.csv"
    for words in (
        ("cohort", "simulated", "--unrestricted", table, "--restricted", "simulated/restricted.csv"),
        ("prepare", "cohort.csv", "--grid", "t1w_32", "--out", "prepared", "--workers", 1),
        ("maps", "prepared", "--out", "maps", "--morphometry", table, "--permutations", 39),
    ):
        done = run(*words, cwd=folder)
        assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return folder


def test_maps_are_on_the_grid_and_regions_beside_freesurfer(mapped: Path) -> None:
    grid = Prepared.load(mapped / "prepared").grid
    mask = template_mask(grid)
    volumes = {name: load_grid_nifti(mapped / "maps" / name, grid) for name in VOLUMES}
    assert all(np.isfinite(volume).all() for volume in volumes.values())
    assert volumes["age_p_corrected.nii.gz"].min() >= np.float32(1 / 40)
    assert (volumes["age_effect.nii.gz"][~mask] == 0).all()
    darker = (volumes["age_p_corrected.nii.gz"] <= 0.05) & (volumes["age_effect.nii.gz"] < 0)
    assert darker[12:16, 14:18, 14:18].mean() > 0.5
    assert darker.sum() <= 4**3 + 3
    regions = pd.read_csv(mapped / "maps/regions.csv")
    assert set(regions["comparison"]) == {"age", "sex"}
    assert regions["morphometry"].notna().sum() == 2 * 2 * len(REGIONS)
    for name in ("maps.png", "painted/age_given_sex_and_head_size.png", "painted/sex_given_head_size.png"):
        assert (mapped / "maps" / name).read_bytes().startswith(b"\x89PNG")


def test_stages_are_logged_with_their_counts(mapped: Path, stages_of) -> None:
    counts = [f"mapping {name}, blocks of voxels: " for name in ("age", "sex")]
    stages_of(mapped / "maps/run.log", ["reading 24 scans", *counts, "regions", "painting", "done in "])


def test_what_is_said_and_told(mapped: Path) -> None:
    said = (mapped / "said.txt").read_text()
    for words in ("24 scans", "39 permutations", "of voxels significant", "Pearson", "not one person's future"):
        assert words in said
    told = json.loads((mapped / "maps/maps.json").read_text())
    assert told["groups"]["kind"] == "family"
    assert {row["over"] for row in told["sex"]["morphometry"]} == {"all regions", "tissue without ventricles"}
    assert json.loads((mapped / "maps/provenance.json").read_text())["permutations"] == 39


def test_no_restricted_value_of_a_person_is_written(mapped: Path) -> None:
    hidden = pd.read_csv(mapped / "simulated/restricted.csv", dtype=str)
    text = "".join(
        path.read_text() for path in (mapped / "maps").iterdir() if path.suffix in (".json", ".csv", ".log")
    )
    text += (mapped / "said.txt").read_text()
    for name in ("Subject", "Family_ID", "Mother_ID", "Father_ID"):
        assert not [value for value in hidden[name].dropna() if value in text]


def test_mistakes_are_said_in_a_line(run: Run, mapped: Path) -> None:
    gone = run("maps", "nowhere", cwd=mapped)
    assert gone.returncode == 3
    assert "nowhere: not a prepared folder" in gone.stderr
    bad = run("maps", "prepared", "--morphometry", "gone.csv", cwd=mapped)
    assert bad.returncode == 3
    assert "gone.csv" in bad.stderr
