"""`brainaging score`, `directions` and `edit` through their entry point, on a cohort of thirty."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from brainaging.pipeline.counterfactual.edit_checkpoint import FORMAT
from brainaging.pipeline.counterfactual.score import SHARED_MODEL
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, EDITS, SEXED
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditSettings, EditStudy, held_out_fold
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.report.chapters.edits import edits_content
from brainaging.pipeline.results import AXES, DirectionCosine, EditScore, NotComputed, read_results
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, load_grid_nifti, template_mask

Run = Callable[..., subprocess.CompletedProcess[str]]
MODEL = "score/model/edits.pt"
SCORE = ("score", "--subjects", 30, "--held-out", 8, "--grid", "t1w_32", "--knots", 48, "--workers", 1)


@pytest.fixture(scope="module")
def scored(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("score")
    exported = run(*SCORE, "--export-task", "task", cwd=folder)
    assert exported.returncode == 0, exported.stderr
    assert "give entrants the task without them" in exported.stdout
    done = run(*SCORE, "--predictions-for", "task", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "On every axis no change at all has 0 and the truth 1" in done.stdout
    assert "registration to the scan, structures, all: slope on the true change" in done.stdout
    assert "not what will happen to a person" in done.stdout
    assert SHARED_MODEL in done.stdout
    return folder


def scan_of(folder: Path) -> Path:
    return sorted((folder / "score/simulated").glob("[0-9]*/T1w/*.nii.gz"))[0]


def test_every_method_stands_beside_the_truth(scored):
    findings = read_results(scored / "score/results.csv")
    edits = {(f.edit, f.model, f.metric): f for f in findings if isinstance(f, EditScore) and not f.people}
    value = {key: finding.value for key, finding in edits.items()}
    assert value["age+10", "scenario_oracle", "correlation"] > value["age+10", "voxel_regression", "correlation"]
    assert value["sex", "scenario_oracle", "correlation"] == pytest.approx(1)
    assert value["sex", "scenario_oracle", "norm_ratio"] == pytest.approx(1)
    assert value["age+10", "no_change", "slope_error"] == pytest.approx(1)
    # linear methods go back the way they came
    assert value["age+20", "voxel_regression", "reversibility_error"] < 1e-3
    # women's and men's changes do not cancel in the best single map, and every other method stands beside it
    for edit in ("sex", "sex_and_head_size"):
        assert value[edit, "mean_true_map", "correlation"] > 0.3
        baseline = edits[edit, "deformation", "correlation"]
        assert (baseline.baseline, baseline.baseline_value) == (
            "mean_true_map",
            value[edit, "mean_true_map", "correlation"],
        )
    cosines = [f for f in findings if isinstance(f, DirectionCosine) and f.metric == "cosine_age_sex"]
    assert all(-1 <= f.value <= 1 for f in cosines)
    assert {"truth", "none", "age_sex", "age_sex_head_size"} == {f.covariates for f in cosines}
    for name in ("film", "change", "mean_change"):
        assert Image.open(scored / f"score/{name}.png").size[0] > 300
    assert "Moving a brain along age and sex" in (scored / "score/report.html").read_text()


def axes_of(path: Path) -> dict[tuple[str, str, str], tuple[float, float, float]]:
    return {
        (f.edit, f.system or f.model, f.metric): (f.value, f.ci_low, f.ci_high)
        for f in read_results(path)
        if isinstance(f, EditScore) and f.metric in AXES and not f.people
    }


@pytest.mark.slow
def test_from_its_files_alone_every_method_has_the_same_numbers(run, scored):
    """The edit and all its rivals, as anybody's predictions for the exported task."""
    systems = sorted((scored / "score/predictions").iterdir())
    assert {"deformation", "voxel_regression", "mean_true_map", "no_change"} <= {each.name for each in systems}
    words = [word for system in systems for word in ("--predictions", system)]
    done = run("score", "--task", "task", *words, "--out", "files", cwd=scored)
    assert done.returncode == 0, done.stderr
    assert "so that intervals are rough" in done.stdout
    inside, alone = axes_of(scored / "score/results.csv"), axes_of(scored / "files/results.csv")
    ours = {key: values for key, values in alone.items() if key[1] in {each.name for each in systems}}
    assert len(ours) == 7 * 4 * len(systems)
    for key, values in ours.items():
        np.testing.assert_allclose(values, inside[key], atol=1e-6, err_msg=str(key))
    assert inside["sex", "true_change", "axis_skill"][0] == alone["sex", "true_change", "axis_skill"][0] == 1
    page = (scored / "files/report.html").read_text()
    assert "on the score&#39;s axes" in page or "on the score's axes" in page


def test_predictions_of_a_few_lines_and_the_answers_own_images(run, scored):
    """Foreign code knows nibabel and the task's table alone."""
    task, mine = scored / "task", scored / "mine"
    mine.mkdir()
    for row in csv.DictReader((task / "edits.csv").open()):
        scan = nib.load(task / "held_out" / f"{row['subject']}.nii.gz")
        nib.save(nib.Nifti1Image(0.9 * scan.get_fdata(), scan.affine), mine / row["file"])
    shutil.copy(task / "task_id.txt", mine)
    words = ("--predictions", mine, "--predictions", task / "answers/true_images", "--out", "foreign")
    done = run("score", "--task", task, *words, cwd=scored)
    assert done.returncode == 0, done.stderr
    found = axes_of(scored / "foreign/results.csv")
    assert all(value[0] == pytest.approx(1) for key, value in found.items() if key[1] == "true_images")
    assert found["age+10", "mine", "axis_skill"][0] < 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--predictions", "mine"), "expected --task"),
        (("--task", "task", "--export-task", "new"), "found an option of a new score"),
        (("--task", "nowhere"), "found no task.json"),
        (("--task", "task", "--predictions", "nowhere"), "expected a folder of predictions"),
        (("--task", "task", "--predictions", "score"), "expected a copy of the task's task_id.txt"),
    ],
)
def test_a_score_of_files_that_cannot_be_is_refused_in_one_line(run, scored, words, says):
    done = run("score", *words, "--out", "refused", cwd=scored)
    assert done.returncode == 3
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_every_stage_of_a_score_is_logged_with_its_counts(scored, stages_of):
    stages = [
        *("simulating people of lifespan: 30", "reading the cohort", "checking scans and people: 30"),
        *(
            "preparing scans: 30",
            "checking that ",
            "reading 23 scans to learn from",
            "aligning 23 scans, steps: 10",
        ),
        *(
            "moving scans by motions of known size: 2",
            "aligning what was moved, steps: ",
            "learning what age, sex and head size change in 23 people",
        ),
        *("refitting to families drawn anew: ", "measuring 7 held-out scans", "principal components of 23 scans"),
        "fitting the ways that stand beside the edit",
    ]
    for edit in EDITS:
        stages += ["rendering true counterfactuals: 7", f"{edit.name}: scoring ways to edit: "]
        stages += [f"{edit.name} by deformation", "editing scans: 7", f"{edit.name} by voxel_regression"]
    stages += [
        "cosines of the age and sex directions: 3",
        "gathering ",
        "writing the report, sections: ",
        "drawing ",
    ]
    stages_of(scored / "score/run.log", [*stages, "done in "])


def test_too_few_people_for_an_independent_reader_is_said_and_no_number_pretends(scored):
    findings = read_results(scored / "score/results.csv")
    reasons = {f.reason for f in findings if isinstance(f, NotComputed) and f.experiment == "edit_readers"}
    assert reasons == {"an independent reader: expected 80 people or more to learn from, found 23"}
    assert not {f.metric for f in findings if isinstance(f, EditScore)} & {"reader_agreement", "reader_years"}


@pytest.mark.parametrize("parts", [("F", "M"), ("to_40", "40_to_60", "from_60")])
def test_the_sexes_and_the_spans_of_age_make_up_everybody(scored, parts):
    ours = {
        f.people: f
        for f in read_results(scored / "score/results.csv")
        if isinstance(f, EditScore) and (f.edit, f.model, f.metric) == ("age+10", "deformation", "correlation")
    }
    # a span in which nobody is has no row
    groups = [ours[part] for part in parts if part in ours]
    assert len(groups) > 1
    assert sum(f.n_test for f in groups) == ours[""].n_test
    mean = np.average([f.value for f in groups], weights=[f.n_test for f in groups])
    assert mean == pytest.approx(ours[""].value, abs=1e-5)


@pytest.mark.slow
def test_without_a_truth_an_edit_is_measured_and_shown(scored, tmp_path):
    prepared = Prepared.load(scored / "score/prepared")
    fold = held_out_fold(prepared.cohort, 8, 0)
    # the model that the score kept is the same work, and is read
    coder = PcaCoder(prepared.volumes(fold[0]), template_mask(prepared.grid), codes=4)
    settings = EditSettings(edits=(AGED, SEXED), knots_mm=48)
    study = EditStudy(prepared, fold, tmp_path, scored / "score/model", settings=settings, trained={"gan": coder})
    findings = study.run()
    edits = [f for f in findings if isinstance(f, EditScore)]
    assert {f.metric for f in edits} == {"head_size_drift", "reversibility_error"}
    assert {f.baseline for f in edits} == {"scans_as_they_are", "no_error"}
    assert {"linear_latent_pca", "linear_latent_gan"} <= {f.model for f in edits}
    assert {f.encoder for f in findings if isinstance(f, DirectionCosine)} == {"pca", "gan"}
    with np.load(tmp_path / "edits.npz") as arrays:
        assert not {"true", "mean_true"} & set(arrays)
        content = edits_content(dict(arrays))
    assert [figure.title for figure in content.figures[:2]] == [
        "What the edit changes",
        "One brain along the years",
    ]


def test_the_truth_is_found_beside_simulated_scans_alone(scored):
    cohort, grid = Prepared.load(scored / "score/prepared").cohort, get_grid("t1w_32")
    found = Truth.beside(cohort, grid)
    assert found is not None
    assert set(found.causes) == set(cohort.table["subject"])
    assert Truth.beside(replace(cohort, simulated=False), grid) is None
    assert Truth.beside(replace(cohort, table=cohort.table.assign(space="native")), grid) is None


def test_who_folds_is_known_before_anything_is_learned(scored, tmp_path, monkeypatch):
    prepared = Prepared.load(scored / "score/prepared")
    truth = Truth.beside(prepared.cohort, prepared.grid)
    monkeypatch.setattr(Truth, "exists", lambda *_: False)
    study = EditStudy(prepared, held_out_fold(prepared.cohort, 8, 0), tmp_path, tmp_path / "model", truth)
    with pytest.raises(UserError, match="held-out people fold"):
        study.run()
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_a_scored_cohort_is_not_learned_from_again(run, scored):
    model = scored / MODEL
    before, rows = model.stat().st_mtime_ns, (scored / "score/results.csv").read_bytes()
    assert run(*SCORE, cwd=scored).returncode == 0
    assert model.stat().st_mtime_ns == before
    assert (scored / "score/results.csv").read_bytes() == rows


def test_an_edit_leaves_its_files(run, scored, stages_of):
    scan = scan_of(scored)
    words = ("edit", scan, "--model", MODEL, "--age", "+10", "--age-now", 50, "--sex-now", "F", "--film", 3)
    done = run(*words, "--space", "template", "--out", "edited", cwd=scored)
    assert done.returncode == 0, done.stderr
    stages_of(scored / "edited/run.log", ["placed ", "animating, frames: ", "done in "])
    assert "age 50 to 60 years, head size held" in done.stdout
    out = scored / "edited"
    change = load_grid_nifti(out / "change.nii.gz", "t1w_32")
    assert np.abs(change).max() > 0
    own, native = nib.load(scan), nib.load(out / "edited_native.nii.gz")
    assert native.shape == own.shape
    np.testing.assert_allclose(native.affine, own.affine)
    moved = np.abs(np.asarray(native.dataobj) - np.asarray(own.dataobj))
    assert 0 < moved.mean() < 0.1 * np.asarray(own.dataobj).mean()
    regions = pd.read_csv(out / "regions.csv")
    assert (regions["bootstrap_low"] <= regions["bootstrap_high"]).all()
    assert "held fixed" in done.stdout
    assert regions["volume_change_percent"].abs().max() > 0
    measured = pd.read_csv(out / "measured.csv", index_col="measure")
    grown = measured.loc["ventricles, mL", "after"] - measured.loc["ventricles, mL", "before"]
    lateral = regions.loc[regions["structure"] == "lateral_ventricle", "volume_change_percent"].mean()
    assert np.sign(grown) == np.sign(lateral)
    assert Image.open(out / "film.gif").n_frames == 3
    assert Image.open(out / "edit.png").size[0] > 300


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--age", "10"), "with their sign"),
        ((), "expected --age"),
        (("--age", "+5", "--age-to", 60), "found both"),
        (("--sex", "X"), "expected F or M"),
        (("--age-to", 130, "--age-now", 50, "--sex-now", "F"), "--force"),
        (("--age", "+5", "--age-now", 50), "give both"),
        (("--age", "+5", "--space", "mars"), "native or template"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_in_one_line(run, scored, words, says):
    done = run("edit", scan_of(scored), "--model", MODEL, "--space", "template", *words, cwd=scored)
    assert done.returncode == 3
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (scored / "edited_badly").exists()


def test_a_whole_head_and_weights_that_cannot_edit_are_refused(run, scored, shared_data, tmp_path):
    head = sorted((shared_data / "ixi_2mm").rglob("*.nii*"))[0]
    done = run("edit", head, "--model", scored / MODEL, "--age", "+10", cwd=tmp_path)
    assert done.returncode == 3
    assert "whole head" in done.stderr
    (tmp_path / "no.pt").write_bytes(b"nothing")
    done = run("edit", head, "--model", "no.pt", "--age", "+10", cwd=tmp_path)
    assert done.returncode == 3
    assert "no.pt" in done.stderr
    older = torch.load(scored / MODEL, weights_only=True)
    older["model"]["format"] = "brainaging edit 4"
    torch.save(older, tmp_path / "older.pt")
    done = run("edit", head, "--model", "older.pt", "--age", "+10", cwd=tmp_path)
    assert done.returncode == 3
    assert f"older.pt: expected format {FORMAT!r}" in done.stderr
    assert "again" in done.stderr


@pytest.fixture(scope="module")
def by_formula(run: Run, scored: Path) -> Path:
    """A model whose formula names a column of a table of people, one of whom it leaves out."""
    cohort = pd.read_csv(scored / "score/prepared/cohort.csv", dtype=str)
    table = pd.DataFrame({"subject": cohort["subject"], "education": np.arange(len(cohort)) % 7 + 9.0})
    table.iloc[1:].to_csv(scored / "people.csv", index=False)
    words = ("--formula", "age + sex + head_size + education", "--people", "people.csv", "--knots", 48)
    done = run("directions", "score/prepared", *words, "--out", "open", cwd=scored)
    assert done.returncode == 0, done.stderr
    return scored / "open/edits.pt"


def test_a_formula_s_other_covariates_are_learned_and_moved_along(run, scored, by_formula):
    words = ("--model", by_formula, "--age-now", 50, "--sex-now", "F", "--space", "template", "--film", 2)
    people = ("--now", "education=10", "--to", "education=14", "--out", "schooled")
    done = run("edit", "score/prepared/images/000000.nii.gz", *words, *people, cwd=scored)
    assert done.returncode == 0, done.stderr
    assert "education 10 to 14, head size held" in " ".join(done.stdout.split())
    assert np.abs(nib.load(scored / "schooled/change.nii.gz").get_fdata()).max() > 0
    assert "'formula': 'age + sex + head_size + education'" in str(
        json.loads((scored / "open/provenance.json").read_text())
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--age", "+5"), "education: expected what the person has"),
        (("--to", "iq=100", "--now", "education=9"), "iq: expected one of education"),
        (("--to", "education", "--now", "education=9"), "--to: expected such as site=NYU, found 'education'"),
        (("--to", "education=x", "--now", "education=9"), "education: expected a number, found 'x'"),
    ],
)
def test_other_covariates_that_cannot_be_are_refused_in_one_line(run, scored, by_formula, words, says):
    scan = "score/prepared/images/000000.nii.gz"
    done = run("edit", scan, "--model", by_formula, "--space", "template", *words, "--out", "refused", cwd=scored)
    assert done.returncode == 3
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
