"""The cohort on disk: the same bytes whoever makes it, whole after a kill, HCP's names."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from filelock import FileLock

from brainaging.pipeline.runtime import UserError, file_sha256
from brainaging.pipeline.simulate import Renderer, draw_causes, simulate
from brainaging.pipeline.simulate.anatomies import AnatomyScan, AnatomySource, anatomy_of_scan
from brainaging.pipeline.simulate.hcp_layout import scan_path
from brainaging.pipeline.simulate.simulate import anatomies_of


def content(folder):
    return {
        str(path.relative_to(folder)): file_sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def rows(path):
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("cohort") / "one", subjects=3, seed=3, spacing=6.0)


def test_same_seed_same_bytes_whatever_the_workers(cohort, tmp_path):
    assert content(simulate(tmp_path / "two", subjects=3, seed=3, spacing=6.0, workers=2)) == content(cohort)


def test_another_seed_gives_other_people(cohort, tmp_path):
    other = simulate(tmp_path / "other", subjects=1, seed=4, spacing=6.0)
    assert rows(other / "unrestricted.csv")[0] not in rows(cohort / "unrestricted.csv")


def test_files_are_few_and_named_as_in_hcp(cohort):
    names = set(content(cohort))
    subjects = [row["Subject"] for row in rows(cohort / "unrestricted.csv")]
    scans = {f"{subject}/T1w/T1w_acpc_dc_restore_brain.nii.gz" for subject in subjects}
    truth = {"causes.csv", "scenario.yaml", "simulation.json", "table_effects.csv"}
    truth |= {f"{name}.nii.gz" for name in ("age_log_jacobian", "sex_log_jacobian", "contrast")}
    assert names == scans | {".lock", "unrestricted.csv", "restricted.csv"} | {f"truth/{name}" for name in truth}


def test_scans_hold_what_the_renderer_renders(cohort, scenario):
    cause = draw_causes(scenario, 3, 3)[0]
    image = nib.load(scan_path(cohort, cause.subject))
    rendered = Renderer(scenario, 3, 6.0).render(cause)
    assert nib.aff2axcodes(image.affine) == ("L", "A", "S")
    np.testing.assert_allclose(image.affine, rendered.affine, atol=1e-5)
    np.testing.assert_allclose(np.asarray(image.dataobj), rendered.image, atol=0.51)


def test_every_column_is_hcp_s(cohort, shared_data):
    names = set((shared_data / "hcp_s1200_freesurfer_columns.txt").read_text().split())
    columns = list(rows(cohort / "unrestricted.csv")[0])
    assert columns[:3] == ["Subject", "Gender", "Age"]
    assert len(columns) == len(set(columns)) > 300
    assert set(columns[3:]) <= names


def test_tables_agree_with_the_truth(cohort):
    public, restricted, causes = (
        rows(cohort / name) for name in ("unrestricted.csv", "restricted.csv", "truth/causes.csv")
    )
    kin: dict[str, str] = {}
    for table, secret, cause in zip(public, restricted, causes, strict=True):
        assert table["Subject"] == secret["Subject"] == cause["subject"]
        assert table["Gender"] == cause["sex"]
        assert table["Age"] == cause["bracket"]
        assert int(secret["Age_in_Yrs"]) == int(float(cause["age"]))
        assert secret["Family_ID"] == f"{secret['Mother_ID']}_{secret['Father_ID']}"
        assert kin.setdefault(cause["family"], secret["Family_ID"]) == secret["Family_ID"]
        assert (secret["ZygositySR"], secret["ZygosityGT"]) in {("MZ", "MZ"), ("NotMZ", "DZ"), ("NotTwin", "")}
        assert float(table["FS_InterCranial_Vol"]) == pytest.approx(float(cause["head_size_ml"]) * 1e3, rel=1e-4)
    assert len(set(kin.values())) == len(kin)


def test_a_whole_cohort_is_left_as_it_is(cohort):
    before = {path: path.stat().st_mtime_ns for path in cohort.rglob("*")}
    simulate(cohort, subjects=3, seed=3, spacing=6.0)
    assert {path: path.stat().st_mtime_ns for path in cohort.rglob("*")} == before


def test_a_scan_that_was_lost_is_made_again(cohort):
    before = content(cohort)
    scan_path(cohort, rows(cohort / "unrestricted.csv")[1]["Subject"]).unlink()
    simulate(cohort, subjects=3, seed=3, spacing=6.0)
    assert content(cohort) == before


def test_another_cohort_s_folder_is_refused(cohort):
    with pytest.raises(UserError, match=r"seed 3 instead of 4"):
        simulate(cohort, subjects=3, seed=4, spacing=6.0)


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="expected an empty folder"):
        simulate(tmp_path, subjects=1, spacing=6.0)


def test_the_log_of_a_stopped_run_is_nothing_else(tmp_path):
    (tmp_path / "run.log").write_text("simulating\n")
    assert simulate(tmp_path, subjects=1, spacing=6.0) == tmp_path


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UserError, match="out: expected a folder, found a file"):
        simulate(tmp_path / "out", subjects=1, spacing=6.0)


def test_two_at_once_in_one_folder_is_refused_and_a_whole_cohort_is_read_all_the_same(cohort, tmp_path):
    with FileLock(tmp_path / ".lock"), pytest.raises(UserError, match="another `simulate` is at work"):
        simulate(tmp_path, subjects=1, spacing=6.0)
    before = content(cohort)
    (cohort / "truth" / ".rows").mkdir()  # a kill after the last file, before the rows were dropped
    with FileLock(cohort / ".lock"):
        simulate(cohort, subjects=3, seed=3, spacing=6.0)
    assert content(cohort) == before
    assert not (cohort / "truth" / ".rows").exists()


@pytest.mark.parametrize(
    ("option", "value"), [("workers", 0), ("spacing", 0.1), ("spacing", 40.0), ("subjects", 0)]
)
def test_senseless_options_are_refused(tmp_path, option, value):
    with pytest.raises(UserError, match=option):
        simulate(tmp_path / "out", **{"subjects": 1, option: value})


def test_a_killed_simulation_continues_to_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    code = (
        "from brainaging.pipeline.simulate import simulate;"
        f"simulate({str(killed)!r}, subjects=8, seed=3, spacing=6.0)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(list((killed / "truth" / ".rows").glob("[0-9]*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = sorted((killed / "truth" / ".rows").glob("[0-9]*.json"))
    assert 3 <= len(kept) < 8
    assert not json.loads((killed / "truth" / "simulation.json").read_text())["complete"]
    assert not (killed / "unrestricted.csv").exists()
    (killed / kept[0].stem / "T1w" / ".tmp-01234567-half.nii.gz").write_bytes(b"cut off")
    scans = {path.stem: scan_path(killed, path.stem).stat().st_mtime_ns for path in kept}
    simulate(killed, subjects=8, seed=3, spacing=6.0)
    assert {subject: scan_path(killed, subject).stat().st_mtime_ns for subject in scans} == scans
    assert content(simulate(whole, subjects=8, seed=3, spacing=6.0)) == content(killed)


@pytest.fixture(scope="module")
def of_scans(tmp_path_factory, front_brain, back_brain):
    """A cohort of people who are made from two scans, for which balls stand in, and what it was made of."""
    folder = tmp_path_factory.mktemp("scans")
    scans = []
    for brain in (front_brain, back_brain):
        (folder / f"{brain.name}.nii.gz").write_text(brain.name)
        scans.append(AnatomyScan(brain.name, folder / f"{brain.name}.nii.gz", "native"))
    source = AnatomySource.of(scans)
    brains = {brain.name: brain for brain in (front_brain, back_brain)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anatomy_of_scan, "anatomy_of", lambda scan: brains[scan.name])
        out = simulate(folder / "one", subjects=4, seed=3, spacing=6.0, anatomies=source)
        # the folder of a run that was stopped once its anatomies were whole
        stopped = folder / "two"
        shutil.copytree(out / "truth" / "anatomies", stopped / "truth" / "anatomies")
        record = json.loads((out / "truth" / "simulation.json").read_text())
        del record["made_from"]
        (stopped / "truth" / "simulation.json").write_text(json.dumps({**record, "complete": False}))
    return out, stopped, source


@pytest.mark.slow
def test_people_of_scans_are_the_same_bytes_whatever_the_workers(of_scans):
    out, stopped, source = of_scans
    two = simulate(stopped, subjects=4, seed=3, spacing=6.0, workers=2, anatomies=source)
    assert content(two) == content(out)


def test_anatomies_are_families(of_scans):
    out = of_scans[0]
    causes = {row["subject"]: row["anatomy"] for row in rows(out / "truth" / "causes.csv")}
    families = {(causes[row["Subject"]], row["Family_ID"]) for row in rows(out / "restricted.csv")}
    assert set(causes.values()) == {"back", "front"}
    assert len(families) == 2
    effects = {"age_log_jacobian.nii.gz", "sex_log_jacobian.nii.gz", "contrast.nii.gz"}
    for name in ("front", "back"):
        assert effects < {path.name for path in (out / "truth" / "anatomies" / name).iterdir()}


def test_people_of_scans_need_these_no_more_but_their_anatomies(of_scans):
    out, _, source = of_scans
    record = json.loads((out / "truth" / "simulation.json").read_text())
    assert record["anatomies"] == source.hashes
    anatomies = anatomies_of(out, record)
    assert list(anatomies) == ["back", "front"]
    assert anatomies_of(out, {}) is None
    with pytest.raises(UserError, match="found none of gone"):
        anatomies_of(out, {**record, "made_from": ["back", "gone"]})


def test_a_cohort_of_other_anatomies_is_refused(of_scans):
    out, _, source = of_scans
    changed = replace(source, hashes={**source.hashes, "back": "0"})
    for other in (None, changed):
        with pytest.raises(UserError, match="of other anatomies; give another folder"):
            simulate(out, subjects=4, seed=3, spacing=6.0, anatomies=other)


def test_a_scenario_of_scans_without_them_is_refused(tmp_path, scenario):
    asked = replace(scenario, anatomies="scans.csv")
    with pytest.raises(UserError, match=r"its people are made from scans \(scans\.csv\)"):
        simulate(tmp_path / "out", scenario=asked, subjects=1)
