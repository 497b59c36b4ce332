"""Scans whose numbers were changed come out as the clean ones do, or are refused with what was seen."""

import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.pipeline.measures.tissue import tissue_volumes
from brainaging.transforms import ScanError, ScanSteps, bias, read_scan, strip, t1w_chain, zeroed
from brainaging.transforms.checks.intensity_form import IntensityForm, intensity_form

SPACING = np.full(3, 2.0)


def _inside(change):
    """A change of the voxels inside the mask alone; what is outside stays 0."""
    return lambda x: np.where(x != 0, change(x, x[x != 0]), 0)


#: affine maps of the whole volume: the background tells them, so nothing is lost
KNOWN = {
    "offset": lambda x: x + 100,
    "negative background": lambda x: x - 1000,
    "z-scored over the volume": lambda x: (x - x.mean()) / x.std(),
    "z-scored and rounded": lambda x: np.round(1000 * (x - x.mean()) / x.std()),
    "-1 to 1": lambda x: 2 * x / x.max() - 1,
    "times -1": lambda x: -x,
    "turned over": lambda x: x.max() - x,
    "turned over below 0": lambda x: -50 - x,
    "outside marked": lambda x: np.where(x == 0, -1000, x),
    "gain": lambda x: x * 1e-3,
}
#: maps of the inside: 0 is estimated
ESTIMATED = {
    "z-scored": _inside(lambda x, v: (x - v.mean()) / v.std()),
    "robust": _inside(lambda x, v: (x - np.median(v)) / np.subtract(*np.percentile(v, (75, 25)))),
    "-1 to 1": _inside(lambda x, v: 2 * (x - v.min()) / np.ptp(v) - 1),
    "offset": _inside(lambda x, v: x - 200),
    "z-scored, -10 outside": lambda x: np.where(x != 0, (x - x[x != 0].mean()) / x[x != 0].std(), -10),
    "z-scored over the volume, then masked": _inside(lambda x, v: x - 0.15 * v.mean()),
}


def _t2w(x):
    level = np.percentile(x[x != 0], 95)
    return np.where(x != 0, np.interp(x / level, [0, 0.25, 0.65, 0.95, 3], [1000, 1000, 550, 350, 300]), 0)


REFUSED = {
    "turned over inside": (_inside(lambda x, v: v.max() - x), "T1w contrast"),
    "T2w": (_t2w, "T1w contrast"),
    "T2w, z-scored": (lambda x: ESTIMATED["z-scored"](_t2w(x)), "T1w contrast"),
    "T2w with an offset": (lambda x: _t2w(x) + 100, "T1w contrast"),
    "offset inside": (_inside(lambda x, v: x + v.max()), "nothing under .*offset inside the mask"),
    "clipped below, then centred": (
        _inside(lambda x, v: np.maximum(x, np.percentile(v, 2)) - v.mean()),
        "clipped",
    ),
    "clipped at the median": (lambda x: np.minimum(x, np.median(x[x != 0])), "highest value .*clipped"),
    "padded": (lambda x: np.pad(((x - x.mean()) / x.std())[6:-6, 6:-6, 6:-6], 6), "one background, found 0"),
}


@pytest.fixture(scope="module")
def prepared(clean):
    """Return what makes of changed intensities the chain's output on the grid."""
    volume, affine = clean
    chain = t1w_chain("t1w_48")

    def prepare(change):
        changed = np.ascontiguousarray(change(volume.astype(np.float64)), np.float32)
        return chain({"image": MetaTensor(torch.from_numpy(changed)[None], affine=torch.from_numpy(affine))})

    return prepare


@pytest.fixture(scope="module")
def expected(prepared):
    return prepared(lambda x: x)


def agree(out, expected, size, voxels, tissue):
    """Head size within a share, prepared voxels within units of white matter on average, tissue within a share."""
    assert out["head_size"] == pytest.approx(expected["head_size"], rel=size)
    got, wanted = out["image"].numpy(), expected["image"].numpy()
    assert np.abs(got - wanted)[wanted > 0].mean() < voxels
    assert got[wanted == 0].max() < 0.05  # nothing appears outside
    own = tissue_volumes(wanted, "t1w_48")
    for name, ml in tissue_volumes(got, "t1w_48").items():
        np.testing.assert_allclose(ml, own[name], rtol=tissue)


def test_a_clean_scan_stays_as_written(clean, expected):
    volume, affine = clean
    assert zeroed(volume, affine, "a")[0] is volume
    assert expected["intensity_form"] == ""


@pytest.mark.parametrize("change", KNOWN.values(), ids=KNOWN)
def test_a_map_of_the_whole_volume_is_undone(prepared, expected, change):
    out = prepared(change)
    agree(out, expected, size=1e-3, voxels=5e-4, tissue=2e-3)
    assert (out["intensity_form"] == "") == (change is KNOWN["gain"])


@pytest.mark.parametrize("change", ESTIMATED.values(), ids=ESTIMATED)
def test_a_map_of_the_inside_is_undone_within_a_hundredth(prepared, expected, change):
    out = prepared(change)
    agree(out, expected, size=0.01, voxels=0.005, tissue=0.03)
    assert "0 estimated at" in out["intensity_form"]


@pytest.mark.parametrize(("change", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_undone_is_refused(prepared, change, message):
    with pytest.raises(ScanError, match=message) as error:
        prepared(change)
    assert "expected" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("percentile", [99.0, 97.0])
def test_clipped_percentiles_keep_head_size(prepared, expected, percentile):
    out = prepared(_inside(lambda x, v: np.clip(x, *np.percentile(v, (100 - percentile, percentile)))))
    agree(out, expected, size=1e-3, voxels=0.03, tissue=0.06)
    assert "bright tissue clipped" in out["intensity_form"]


def test_percentiles_of_the_inside_put_to_0_and_1_are_said(prepared, expected):
    """What was taken off the inside is not seen, and costs head size; that it was clipped is seen."""
    out = prepared(_inside(lambda x, v: np.interp(x, np.percentile(v, (1, 99)), (0, 1))))
    assert out["head_size"] < expected["head_size"]
    assert "the head is too small" in out["intensity_form"]


def test_clipped_and_scaled_percentiles_of_the_volume(prepared, expected):
    out = prepared(lambda x: 2 * np.minimum(x, top := np.percentile(x, 99.8)) / top - 1)
    agree(out, expected, size=1e-3, voxels=0.03, tissue=0.06)
    assert out["intensity_form"].startswith("background -1 subtracted")


def test_an_offset_inside_the_mask_is_said(prepared):
    out = prepared(_inside(lambda x, v: x + 0.1 * np.percentile(v, 95)))
    assert "no dark fluid" in out["intensity_form"]


def test_a_whole_head_with_an_offset_is_still_a_head(shared_data):
    volume, affine = read_scan(next((shared_data / "ixi_2mm").glob("*.nii.gz")))
    assert zeroed(volume, affine, "a")[0] is volume
    np.testing.assert_allclose(zeroed(volume + 100, affine, "a")[0], volume, atol=1e-3)
    image = MetaTensor(torch.from_numpy(volume + 100)[None], affine=torch.from_numpy(affine))
    with pytest.raises(ScanError, match="whole head: signal in 5"):
        t1w_chain("t1w_32", space="native")({"image": image})


def test_noise_without_a_value_of_its_own_counts_from_its_lowest(clean):
    volume, affine = clean
    noise = np.hypot(*np.random.default_rng(1).normal(0, 10, (2, *volume.shape))).astype(np.float32)
    head = np.where(volume == 0, noise, volume)
    assert zeroed(head, affine, "a")[0] is head
    moved, words = zeroed(head - 500, affine, "a")
    assert words.startswith("background -49")
    np.testing.assert_allclose(moved, head, atol=3)


def test_stripped_and_corrected_scans_too(clean, monkeypatch):
    volume, affine = clean
    mask = volume > 0
    monkeypatch.setattr(strip, "BrainExtraction", object)
    monkeypatch.setitem(strip.STRIPPERS, "deepbet", lambda array, _: np.where(mask, array, np.float32(0)))
    monkeypatch.setattr(bias, "correct_bias", lambda array, _: array)  # takes its time
    chain = t1w_chain("t1w_32", steps=ScanSteps(strip="deepbet", n4=True))

    def go(array):
        return chain({"image": MetaTensor(torch.from_numpy(array)[None], affine=torch.from_numpy(affine))})

    changed, wanted = go((volume - 300) / 400), go(volume)
    assert changed["head_size"] == pytest.approx(wanted["head_size"], rel=2e-3)
    np.testing.assert_allclose(changed["image"], wanted["image"], atol=0.01)
    assert changed["intensity_form"] == "background -0.75 subtracted"


def test_no_open_scan_is_taken_for_another_form(shared_data):
    scans = [
        *sorted((shared_data / "ds002748").glob("*/anat/*_T1w.nii.gz"))[:1],
        *sorted((shared_data / "ixi_2mm").glob("*.nii.gz"))[:2],
        *sorted((shared_data / "robustness").glob("*.nii.gz")),
        *sorted((shared_data / "freesurfer_mgz").glob("*/mri/brain.mgz"))[:1],
    ]
    for path in scans:
        volume, affine = read_scan(path)
        assert intensity_form(volume, np.linalg.norm(affine[:3, :3], axis=0), path) == IntensityForm(), path
