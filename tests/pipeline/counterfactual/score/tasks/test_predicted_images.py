"""Anybody's predictions: what was written is read, other lattices are placed, mistakes are one clear line each."""

import shutil

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.tasks.predicted_images import read_predictions, write_predictions
from brainaging.pipeline.counterfactual.score.tasks.task_layout import file_of
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid
from brainaging.transforms.placing import resample
from brainaging.transforms.scan_errors import ScanError

IDENTITY = "0123456789abcdef"


@pytest.fixture
def folder(tiny_task, tmp_path):
    write_predictions(tmp_path / "mine", tiny_task, IDENTITY, tiny_task.true)
    return tmp_path / "mine"


@pytest.fixture
def one(folder, tiny_task):
    """Return one of the files."""
    return folder / file_of(tiny_task.subjects[0], "sex")


def save(path, values, affine):
    nib.save(nib.Nifti1Image(values, affine), path)


def test_what_is_written_is_read_back_to_the_bit(folder, tiny_task):
    images = read_predictions(folder, tiny_task, IDENTITY)
    for edit, volumes in images.items():
        np.testing.assert_array_equal(volumes, tiny_task.true[edit])


def test_an_image_on_a_finer_or_turned_lattice_is_placed(folder, one, tiny_task):
    true, grid, fine = tiny_task.true["sex"][0], tiny_task.grid, get_grid("t1w_64")
    save(one, resample(true, grid.affine, fine.affine, fine.shape), fine.affine)
    placed = read_predictions(folder, tiny_task, IDENTITY)["sex"][0]
    assert np.corrcoef(placed.ravel(), true.ravel())[0, 1] > 0.98
    turned = nib.Nifti1Image(true, grid.affine).as_reoriented(np.array([[1, -1], [0, 1], [2, -1]]))
    nib.save(turned, one)
    np.testing.assert_allclose(read_predictions(folder, tiny_task, IDENTITY)["sex"][0], true, atol=1e-6)


def test_all_missing_and_unknown_images_are_named_at_once(folder, one, tiny_task):
    other = folder / file_of(tiny_task.subjects[1], "age+10")
    one.rename(folder / "nobody_sex.nii.gz")
    other.unlink()
    with pytest.raises(UserError) as caught:
        read_predictions(folder, tiny_task, IDENTITY)
    text = str(caught.value)
    assert "2 of 8 images are missing" in text
    assert {one.name in text, other.name in text, "nobody_sex.nii.gz" in text} == {True}
    assert "\n" not in text


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda v, a: (np.where(v > 0.5, np.nan, v).astype(np.float32), a), "NaN"),
        (lambda v, a: (v[:20, :20, :20], np.diag([6.0, 6.0, 6.0, 1.0])), "covers"),
        (lambda v, a: (v, a + np.array([[0, 0, 0, 500.0]] + [[0] * 4] * 3)), "covers 0 %"),
        (lambda v, a: (np.stack([v, v], -1), a), "expected"),
        (lambda v, a: (900 * v, a), r"90\d times these: keep"),
        (lambda v, a: (0 * v, a), "expected"),
    ],
    ids=["NaN", "misshapen", "elsewhere", "4-D", "another scale", "empty"],
)
def test_an_image_that_cannot_be_scored_is_named(folder, one, tiny_task, damage, says):
    save(one, *damage(tiny_task.true["sex"][0], tiny_task.grid.affine))
    with pytest.raises((UserError, ScanError), match=says) as caught:
        read_predictions(folder, tiny_task, IDENTITY)
    assert one.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_affine_that_places_nothing_is_refused(folder, one, tiny_task):
    image = nib.Nifti1Image(tiny_task.true["sex"][0], None)
    image.header["sform_code"], image.header["qform_code"] = 1, 0
    image.header["srow_x"] = image.header["srow_y"] = image.header["srow_z"] = 0
    nib.save(image, one)
    with pytest.raises((UserError, ScanError)) as caught:
        read_predictions(folder, tiny_task, IDENTITY)
    assert one.name in str(caught.value)


def test_another_task_s_predictions_and_no_task_s_are_refused(folder, tiny_task, tmp_path):
    with pytest.raises(UserError, match="expected predictions for task other, found those for"):
        read_predictions(folder, tiny_task, "other")
    (folder / "task_id.txt").unlink()
    with pytest.raises(UserError, match=r"copy of the task's task_id\.txt"):
        read_predictions(folder, tiny_task, IDENTITY)
    shutil.rmtree(folder)
    with pytest.raises(UserError, match="expected a folder of predictions"):
        read_predictions(folder, tiny_task, IDENTITY)
