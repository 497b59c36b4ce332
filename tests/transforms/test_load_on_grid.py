"""Volumes that lie on a grid come back from disk as tensors, from another grid they are refused."""

import numpy as np
import pytest
import torch

from brainaging.transforms import GridMismatchError, LoadOnGridd, save_nifti


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
