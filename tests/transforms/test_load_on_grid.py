"""Volumes that lie on a grid come back from disk as tensors, from another grid they are refused."""

import nibabel as nib
import numpy as np
import pytest
import torch

from brainaging.transforms import (
    GridMismatchError,
    LoadOnGridd,
    get_grid,
    head_size_ml,
    save_nifti,
    t1w_chain,
    template_volume,
)


@pytest.fixture
def saved(tmp_path):
    volume = np.random.default_rng(0).random((32, 32, 32), dtype=np.float32)
    return volume, save_nifti(volume, "t1w_32", tmp_path / "one.nii.gz")


def test_what_was_saved_comes_back_to_the_last_bit(saved):
    volume, path = saved
    data = {"image": str(path), "subject": "100307"}
    loaded = LoadOnGridd("image", "t1w_32")(data)
    assert torch.equal(loaded["image"], torch.from_numpy(volume)[None])
    assert loaded["subject"] == "100307"
    assert data["image"] == str(path), "the caller's dictionary is left as it is"


def test_another_grid_s_volume_is_refused_with_both_fingerprints(saved):
    with pytest.raises(GridMismatchError, match=r"t1w_48-\w+.*t1w_32-\w+"):
        LoadOnGridd("image", "t1w_48")({"image": saved[1]})


def test_a_missing_key_is_passed_over_only_where_it_may_be(saved):
    data = {"image": saved[1]}
    assert LoadOnGridd(["image", "other"], "t1w_32", allow_missing_keys=True)(data).keys() == {"image"}
    with pytest.raises(KeyError):
        LoadOnGridd(["image", "other"], "t1w_32")(data)


def test_a_scan_on_no_grid_is_placed_where_that_is_asked_for_and_refused_elsewhere(tmp_path):
    volume = template_volume("t1w_48")
    nib.save(nib.Nifti1Image(500 * volume, get_grid("t1w_48").affine), tmp_path / "scan.nii.gz")
    data = {"image": str(tmp_path / "scan.nii.gz")}
    placed = LoadOnGridd("image", "t1w_32", scans="template")(data)
    assert placed.keys() == {"image"}
    assert np.corrcoef(placed["image"].numpy().ravel(), template_volume("t1w_32").ravel())[0, 1] > 0.98
    with pytest.raises(GridMismatchError, match="no fingerprint"):
        LoadOnGridd("image", "t1w_32")(data)


def test_what_lies_on_another_grid_is_no_scan_to_be_placed(saved):
    with pytest.raises(GridMismatchError, match=r"t1w_48-\w+.*t1w_32-\w+"):
        LoadOnGridd("image", "t1w_48", scans="template")({"image": str(saved[1])})


def test_a_registered_head_keeps_its_own_volume_and_is_held_against_the_template_as_registered(tmp_path):
    small = np.diag([0.8, 0.8, 0.8, 1.0]) @ get_grid("t1w_48").affine
    nib.save(nib.Nifti1Image(700 * template_volume("t1w_48"), small), tmp_path / "small.nii.gz")
    grid, data = get_grid("t1w_48"), {"image": str(tmp_path / "small.nii.gz")}
    own = LoadOnGridd("image", grid, scans="native")(data)["image"][0].numpy()
    template = head_size_ml(template_volume(grid), grid.spacing)
    assert head_size_ml(own, grid.spacing) == pytest.approx(0.8**3 * template, rel=0.05)
    registered = t1w_chain(grid, space="native")(data)["image"][0].numpy()
    assert head_size_ml(registered, grid.spacing) == pytest.approx(template, rel=0.05)
