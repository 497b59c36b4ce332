"""People followed over time on disk: the same bytes whoever makes them, whole after a stop, read as a cohort."""

import csv
import shutil
from dataclasses import replace
from itertools import pairwise

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.runtime import UserError, file_sha256
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario, simulate
from brainaging.pipeline.simulate.longitudinal.bids_layout import scan_path
from brainaging.pipeline.simulate.simulate import scan_causes

MANY = {"subjects": 3, "seed": 3, "spacing": 6.0}


def content(folder):
    return {
        str(path.relative_to(folder)): file_sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def rows(path, delimiter=","):
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle, delimiter=delimiter))


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("follow-up")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, scenario):
    return simulate(tmp_path_factory.mktemp("followed") / "one", scenario, **MANY)


@pytest.fixture(scope="module")
def causes(scenario):
    return scan_causes(scenario, 3, 3)


@pytest.mark.slow
def test_same_seed_same_bytes_whatever_the_workers(cohort, tmp_path, scenario):
    assert content(simulate(tmp_path / "two", scenario, workers=2, **MANY)) == content(cohort)


def test_every_scan_and_table_is_where_bids_has_it_and_nothing_else(cohort, causes):
    scans = {
        f"sub-{cause.subject}/ses-{cause.visit.session}/anat/"
        f"sub-{cause.subject}_ses-{cause.visit.session}_T1w.nii.gz"
        for cause in causes
    }
    tables = {f"sub-{cause.subject}/sub-{cause.subject}_sessions.tsv" for cause in causes}
    tables |= {"participants.tsv", "participants.json", "sessions.json", "dataset_description.json", ".bidsignore"}
    truth = {"causes.csv", "sessions.csv", "scenario.yaml", "simulation.json"}
    truth |= {f"{name}.nii.gz" for name in ("age_log_jacobian", "sex_log_jacobian", "contrast")}
    assert set(content(cohort)) == scans | tables | {".lock"} | {f"truth/{name}" for name in truth}


def test_it_is_read_as_a_cohort_with_an_age_a_session(cohort, causes):
    read = read_cohort(cohort)
    assert read.simulated
    assert read.scan_keys == sorted((f"sub-{cause.subject}", f"ses-{cause.visit.session}") for cause in causes)
    expected = {(f"sub-{cause.subject}", f"ses-{cause.visit.session}"): cause for cause in causes}
    for row in read.table.itertuples():
        cause = expected[row.subject, row.session]
        assert row.age_years == pytest.approx(cause.age, abs=6e-4)
        assert row.sex == cause.sex
        assert row.image == str(scan_path(cohort, cause))
    assert len(np.unique(read.groups())) == 3


def test_scans_of_one_person_differ_by_age_position_gain_and_noise_and_by_nothing_else(cohort, causes, scenario):
    renderer = Renderer(scenario, 3, 6.0)
    first, later = next(
        (one, other)
        for one, other in pairwise(causes)
        if one.subject == other.subject and one.visit.session == "1" and not other.visit.retest
    )
    image = nib.load(scan_path(cohort, later))
    np.testing.assert_allclose(np.asarray(image.dataobj), renderer.render(later).image, atol=0.51)
    # the same day, scanner and position: the same image
    alike = replace(later, age=first.age, gain=first.gain, contrast=first.contrast, visit=first.visit)
    np.testing.assert_array_equal(renderer.render(alike).image, renderer.render(first).image)
    assert not np.array_equal(
        renderer.render(replace(first, visit=later.visit)).image, renderer.render(first).image
    )


def test_the_truth_has_volumes_a_session_and_ventricles_of_one_person_grow(cohort, causes):
    people, sessions = (rows(cohort / "truth" / name) for name in ("causes.csv", "sessions.csv"))
    assert len(people) == 3
    assert [(row["subject"], row["session"]) for row in sessions] == [
        (cause.subject, cause.visit.session) for cause in causes
    ]
    for person in people:
        own = [row for row in sessions if row["subject"] == person["subject"] and row["retest"] == "False"]
        grown = [float(row["ventricles_ml"]) for row in own]
        assert grown == sorted(grown)
        # a head does not shrink
        assert {row["brain_ml"] for row in own} == {person["head_size_ml"]}
        assert float(person["age"]) == pytest.approx(float(own[0]["age"]))


def test_a_stopped_simulation_goes_on_to_the_same_bytes(cohort, tmp_path, scenario):
    stopped = tmp_path / "stopped"
    shutil.copytree(cohort, stopped)
    before = content(stopped)
    scans = sorted(stopped.rglob("*_T1w.nii.gz"))
    scans[1].unlink()
    simulate(stopped, scenario, **MANY)
    assert content(stopped) == before


def test_another_number_of_sessions_is_another_cohort(cohort, scenario):
    with pytest.raises(UserError, match="holds another simulated cohort"):
        simulate(cohort, scenario, sessions=2, **MANY)


def test_one_session_is_hcp_s_layout_and_a_scan_path_needs_a_session(tmp_path, scenario):
    once = simulate(tmp_path / "once", scenario, 1, 3, 6.0, sessions=1)
    assert (once / "unrestricted.csv").is_file()
    assert not list(once.rglob("*_T1w.nii.gz"))
    with pytest.raises(ValueError, match="expected a cause at a session"):
        scan_path(once, draw_causes(scenario, 3, 1)[0])
