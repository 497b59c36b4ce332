"""The chains as a stranger would use them: MONAI datasets, workers, pickles, real files."""

import json
import pickle

import monai.transforms
import numpy as np
import pytest
import torch
from monai.data import CacheDataset, DataLoader, Dataset, MetaTensor, PersistentDataset
from monai.data.utils import pickle_hashing

from brainaging.transforms import (
    GRIDS,
    ScanError,
    ScanSteps,
    get_grid,
    place,
    read_scan,
    t1w_chain,
    t1w_chain_array,
    template_volume,
)


@pytest.fixture
def scan(brain_2mm, write_scan):
    return str(write_scan(*brain_2mm))


def test_every_step_is_a_monai_transform():
    for step in t1w_chain("t1w_32", space="native", steps=ScanSteps(n4=True)).transforms:
        assert isinstance(step, monai.transforms.MapTransform)


def test_a_template_scan_comes_out_as_the_template_on_the_grid(scan):
    out = t1w_chain("t1w_48")({"image": scan, "subject": "100307"})
    assert out["image"].shape == (1, 48, 48, 48) and out["image"].dtype == torch.float32
    assert type(out["image"]) is torch.Tensor
    expected = template_volume("t1w_48")
    assert np.corrcoef(out["image"][0].numpy().ravel(), expected.ravel())[0, 1] > 0.995
    assert out["subject"] == "100307"
    covariates = {name: value for name, value in out.items() if name not in ("image", "subject")}
    assert set(covariates) == {"head_size", "template_dice", "orientation", "intensity_form"}
    assert json.loads(json.dumps(covariates)) == covariates
    assert 1600 < out["head_size"] < 1900 and out["template_dice"] > 0.98


def test_cache_dataset_in_another_project(scan):
    data = CacheDataset([{"image": scan}] * 2, t1w_chain("t1w_32"), progress=False)
    torch.testing.assert_close(data[0]["image"], t1w_chain("t1w_32")({"image": scan})["image"])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers(scan, method):
    data = Dataset([{"image": scan}] * 2, t1w_chain("t1w_32"))
    loader = DataLoader(data, batch_size=2, num_workers=1, multiprocessing_context=method)
    (batch,) = list(loader)
    assert batch["image"].shape == (2, 1, 32, 32, 32)
    assert batch["head_size"].shape == (2,)


def test_pickle_and_hash(scan, tmp_path):
    chain = t1w_chain("t1w_32", space="native", steps=ScanSteps(n4=True))
    assert len(pickle.loads(pickle.dumps(chain)).transforms) == len(chain.transforms)
    chain = t1w_chain("t1w_32")
    stored = PersistentDataset([{"image": scan}], chain, cache_dir=tmp_path / "c", hash_transform=pickle_hashing)
    first = stored[0]["image"]
    torch.testing.assert_close(stored[0]["image"], first)
    other = PersistentDataset(
        [{"image": scan}], t1w_chain("t1w_48"), cache_dir=tmp_path / "c", hash_transform=pickle_hashing
    )
    assert other[0]["image"].shape == (1, 48, 48, 48)


def test_array_form_is_the_dictionary_form(scan, brain_2mm):
    expected = t1w_chain("t1w_32")({"image": scan})["image"]
    chain = t1w_chain_array("t1w_32")
    torch.testing.assert_close(chain(scan), expected)
    volume, affine = brain_2mm
    tensor = MetaTensor(torch.from_numpy(volume)[None], affine=torch.from_numpy(affine))
    torch.testing.assert_close(chain(tensor), expected)
    with pytest.raises(ScanError, match="expected a path, a MetaTensor or a nibabel image, found ndarray"):
        chain(volume)


def test_several_keys_and_missing_ones(scan):
    chain = t1w_chain("t1w_32", keys=("first", "second"), allow_missing_keys=True)
    out = chain({"first": scan, "second": scan})
    assert {"head_size_first", "head_size_second", "template_dice_first"} <= set(out)
    assert "second" not in chain({"first": scan})
    with pytest.raises(RuntimeError, match="applying transform"):  # MONAI's own way to report a missing key
        t1w_chain("t1w_32", keys=("first", "second"))({"first": scan})


def test_meta_is_tracked_on_request(scan):
    image = t1w_chain("t1w_32", track_meta=True, device="cpu")({"image": scan})["image"]
    assert isinstance(image, MetaTensor) and image.meta["grid"] == GRIDS["t1w_32"].fingerprint
    np.testing.assert_allclose(image.affine, GRIDS["t1w_32"].affine)


def test_without_normalisation_intensities_stay(scan, brain_2mm):
    image = t1w_chain("t1w_32", steps=ScanSteps(normalize=False))({"image": scan})["image"]
    np.testing.assert_allclose(image[0], place(*brain_2mm, get_grid("t1w_32")), rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("space", ["template", "native"])
def test_inverse_brings_the_image_back_to_the_scans_voxels(scan, brain_2mm, space):
    chain = t1w_chain("t1w_96", space=space, steps=ScanSteps(normalize=False), track_meta=True)
    out = chain({"image": scan})
    back = chain.inverse(out)["image"]
    volume, affine = brain_2mm
    assert back.shape == (1, *volume.shape)
    np.testing.assert_allclose(back.affine, affine, atol=1e-9)
    assert np.corrcoef(back[0].numpy().ravel(), volume.ravel())[0, 1] > 0.98


@pytest.mark.parametrize(
    "bad",
    [{"space": "scanner"}, {"steps": ScanSteps(strip="scalpel")}, {"space": "native", "steps": ScanSteps(dof=5)}],
)
def test_unknown_options_fail_when_the_chain_is_built(bad):
    with pytest.raises(ValueError, match="expected"):
        t1w_chain("t1w_32", **bad)


def test_a_scan_far_from_the_template_says_what_to_do(brain_2mm, write_scan):
    volume, affine = brain_2mm
    shifted = affine.copy()
    shifted[2, 3] += 90
    path = write_scan(volume, shifted)
    with pytest.raises(ScanError, match=r"found a Dice of 0.*say space='native'") as error:
        t1w_chain("t1w_32")({"image": str(path)})
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)
    assert t1w_chain("t1w_32", space="native")({"image": str(path)})["template_dice"] > 0.97


def one_line(chain, path) -> str:
    with pytest.raises(ScanError) as error:
        chain({"image": str(path)})
    message = str(error.value)
    assert message.startswith(f"{path}: expected ") and "\n" not in message
    return message


def test_real_whole_heads_are_refused(shared_data):
    heads = [
        *sorted((shared_data / "ixi_2mm").glob("*.nii.gz")),
        *sorted((shared_data / "robustness").glob("*thick*.nii.gz")),
        *sorted((shared_data / "freesurfer_mgz").glob("*/mri/T1.mgz")),
    ]
    assert len(heads) == 14
    chain = t1w_chain("t1w_32", space="native")
    for path in heads:
        assert "whole head" in one_line(chain, path) and "strip=" in one_line(chain, path)


def test_freesurfers_brains_are_handled(shared_data):
    for path in sorted((shared_data / "freesurfer_mgz").glob("*/mri/brain.mgz")):
        out = t1w_chain("t1w_48", space="native")({"image": str(path)})
        assert out["template_dice"] > 0.95 and 900 < out["head_size"] < 1250


def test_negative_intensities_are_handled(shared_data):
    path = next((shared_data / "robustness").glob("ms07*"))
    assert read_scan(path)[0].min() < 0
    out = t1w_chain("t1w_48", space="native")({"image": str(path)})
    assert out["image"].min() == 0 and out["template_dice"] > 0.95
    assert t1w_chain("t1w_48")({"image": str(path)})["image"].min() == 0
