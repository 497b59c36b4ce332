"""One simulated scan, edited by a model, beside the truth: what is written, and that it is this person's."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.counterfactual.edit_checkpoint import load
from brainaging.pipeline.experiments.counterfactuals import one_edit
from brainaging.pipeline.report.chapters.edits import edits_content
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.opening.edit_beside_truth import edit_content, edit_sentences
from brainaging.pipeline.report.opening.first_picture import opening_picture
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.shipped_weights import shipped_weights


@pytest.fixture(scope="module")
def model() -> Path:
    """The edit that ships."""
    shipped = shipped_weights(bundle_path("edit"))
    assert shipped is not None
    return shipped.path


@pytest.fixture(scope="module")
def run_folder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the edit that ships edited somebody whom it had not seen."""
    folder = tmp_path_factory.mktemp("one")
    one_edit.edit_beside_truth(model, folder)
    return folder


@pytest.mark.slow
def test_the_scan_the_film_and_the_truth_are_one_person_s_at_two_millimetres(model, run_folder):
    with np.load(run_folder / one_edit.ARRAYS) as archive:
        arrays = dict(archive)
    assert float(arrays["spacing"]) == 2.0
    scan = nib.load(run_folder / "one_edit_scan.nii.gz")
    assert scan.header.get_zooms() == (2.0, 2.0, 2.0)
    assert arrays["film"].shape == (one_edit.FRAMES, *arrays["scan"].shape)
    inside = arrays["mask"] > 0
    # a frame is the scan but for what was edited, which is least at an age near its own
    age = json.loads((run_folder / one_edit.FACTS).read_text())["age"]
    likeness = [np.corrcoef(frame[inside], arrays["scan"][inside])[0, 1] for frame in arrays["film"]]
    assert int(np.argmax(likeness)) == int(np.argmin(np.abs(arrays["film_ages"] - age)))
    # the same folds: it stays as like the scan as the person's own scans at these ages are, or more so
    truth, person = one_edit._person(load(model), "lifespan")
    for frame_age, found in zip(arrays["film_ages"], likeness, strict=True):
        there = truth.renderer.render(person.with_values(age=float(frame_age)), noise=False)
        own = one_edit.upright(there.image, there.affine)[0]
        assert found > np.corrcoef(own[inside], arrays["scan"][inside])[0, 1] - 0.01
    # fluid's room grows with age, in truth and by the edit
    assert arrays["true"][inside].mean() < 0
    assert np.corrcoef(arrays["predicted"][inside], arrays["true"][inside])[0, 1] > 0.6
    assert len(edits_content(arrays).figures) == 2


@pytest.mark.slow
def test_regions_stand_beside_the_truth_and_ventricles_grow(run_folder):
    table = pd.read_csv(run_folder / one_edit.REGIONS).set_index(["structure", "hemisphere"])
    assert len(table) > 30
    assert table.loc[("lateral_ventricle", "left"), "true_percent"] > 5
    assert table.loc[("lateral_ventricle", "left"), "edit_percent"] > 0
    facts = json.loads((run_folder / one_edit.FACTS).read_text())
    assert (facts["learned_from"], facts["model_grid"]) == (575, "t1w_48")
    assert facts["correlation_of_regions"] == pytest.approx(table.corr().iloc[0, 1], abs=2e-3)


@pytest.mark.slow
def test_the_report_opens_with_it(run_folder):
    run = read_run(run_folder)
    (sentence,) = edit_sentences(run)
    facts = json.loads((run_folder / one_edit.FACTS).read_text())
    assert f"correlates {facts['correlation']:.2f} with the true one" in sentence.text.replace("−", "-")
    assert opening_picture(run).title == "One brain along the years"
    assert "on a grid of 2 mm, all" in opening_picture(run).caption
    titles = [figure.title for figure in edit_content(run).figures]
    assert titles == ["What the edit changes", "Regions, by the edit and in truth", "One brain along the years"]


def test_a_model_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"edits\.pt"):
        one_edit.edit_beside_truth(tmp_path / "edits.pt", tmp_path)
