"""One scan edited: what is refused, what is read where it is not given, and no step leaves the scan as it was."""

from dataclasses import replace
from types import SimpleNamespace

import nibabel as nib
import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.cohort_alignment import misfit
from brainaging.pipeline.counterfactual.edit_scan import (
    check_age,
    check_likeness,
    edit_scan,
    read,
    scan_covariates,
)
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import ScanError, read_scan, save_nifti


@pytest.fixture(scope="module")
def scan(learned, small_cohort, tmp_path_factory):
    """A person's scan, written and read."""
    path = tmp_path_factory.mktemp("scan") / "scan.nii.gz"
    save_nifti(300 * small_cohort.volumes[0], learned.edit.grid, path)
    return read(path, learned, "template")


@pytest.mark.parametrize(("age", "warned"), [(20.0, False), (80.0, False), (85.0, True), (12.0, True)])
def test_an_age_outside_those_learned_from_is_warned_of(age, warned):
    assert bool(check_age(age, SimpleNamespace(ages=(20.0, 80.0)), force=False)) == warned


def test_an_age_far_outside_is_refused_unless_forced():
    learned = SimpleNamespace(ages=(20.0, 80.0))
    with pytest.raises(UserError, match="95 is 15 years outside the 20 to 80"):
        check_age(95.0, learned, force=False)
    assert "15 years outside" in check_age(95.0, learned, force=True)


def test_a_scan_is_brought_to_the_grids_intensities_and_its_gain_is_kept(scan, small_cohort):
    assert scan.registration is None
    inside = small_cohort.volumes[0] > 0.5
    np.testing.assert_allclose(
        scan.gain * scan.volume[inside].mean(), 300 * small_cohort.volumes[0][inside].mean(), rtol=0.02
    )


def test_age_and_sex_are_read_where_they_are_not_given_and_head_size_is_measured(scan, learned, small_cohort):
    told, velocity = scan_covariates(scan, learned, 33.0, 1.0)
    assert (told.age[0], told.male[0]) == (33.0, 1.0)
    assert velocity.shape == (1, learned.edit.alignment.size)
    assert told.head_size[0] == pytest.approx(small_cohort.aligned.head_size[0], rel=0.1)
    guessed, _ = scan_covariates(scan, learned, None, None)
    assert learned.ages[0] <= guessed.age[0] <= learned.ages[1]
    assert guessed.male[0] in (0.0, 1.0)


@pytest.mark.parametrize(("age", "male"), [(None, 1.0), (50.0, None)])
def test_without_a_reader_age_and_sex_must_be_given(scan, learned, age, male):
    without = replace(learned, reader=None, no_reader="too few people")
    with pytest.raises(UserError, match=r"give both.*too few people"):
        scan_covariates(scan, without, age, male)


def test_a_scan_unlike_those_learned_from_is_warned_of_and_refused(scan, learned):
    _, velocity = scan_covariates(scan, learned, 50.0, 1.0)
    alignment = learned.edit.alignment
    warped = alignment.pulled(torch.from_numpy(scan.volume[None]).float(), torch.from_numpy(velocity)).numpy()
    own = float(misfit(alignment, warped)[0])
    assert check_likeness(scan, replace(learned, misfit=own), velocity, force=False) == ""
    unlike = check_likeness(scan, replace(learned, misfit=own / 3), velocity, force=False)
    assert "leaves 3.0 times as much" in unlike
    with pytest.raises(UserError, match="--force edits it anyway"):
        check_likeness(scan, replace(learned, misfit=own / 20), velocity, force=False)
    assert "20.0 times" in check_likeness(scan, replace(learned, misfit=own / 20), velocity, force=True)


def test_no_step_leaves_the_scan_and_a_step_says_what_it_measures(scan, learned):
    people, velocity = scan_covariates(scan, learned, 50.0, 1.0)
    original, affine = read_scan(scan.path)
    same = edit_scan(scan, learned, velocity, people, people)
    np.testing.assert_allclose(same.native, np.clip(original, 0, None), atol=1e-3)
    np.testing.assert_array_equal(same.affine, affine)
    np.testing.assert_allclose(same.measured["after"], same.measured["before"])
    older = edit_scan(scan, learned, velocity, people, people.older(10.0)).measured.set_index("measure")
    assert older.loc["ventricles, mL", "after"] > older.loc["ventricles, mL", "before"]
    assert "age by the reader, years" in older.index
    without = edit_scan(scan, replace(learned, reader=None), velocity, people, people).measured
    assert not without["measure"].str.contains("reader").any()


def test_a_scan_upside_down_is_refused_and_read_as_the_image_fits_on_request(scan, learned, tmp_path):
    image = nib.load(scan.path)
    flipped = tmp_path / "flipped.nii.gz"
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), image.affine @ np.diag([1, 1, -1, 1])), flipped)
    with pytest.raises(ScanError, match=r"lies as its header says \(RAI\), found one that fits RAS"):
        read(flipped, learned, "template")
    mended = read(flipped, learned, "template", "fix")
    np.testing.assert_allclose(mended.volume, scan.volume, atol=1e-5)
    np.testing.assert_allclose(mended.mended, image.affine)
