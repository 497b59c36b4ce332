"""What MONAI asks of a dictionary transform, of every one of ours."""

import inspect
import pickle
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import MetaTensor, set_track_meta
from monai.transforms import Compose, Flipd, MapTransform, Transform

import brainaging.transforms
from brainaging.transforms import Registration, bias, resample, save_nifti, strip, template_volume
from brainaging.transforms.steps import register_to_template

GRID = "t1w_32"


@dataclass(frozen=True)
class Twins:
    """How a dictionary transform and its array twin are made, and what they take: "scan", "label" or "file"."""

    options: tuple[Any, ...] = ()
    takes: str = "scan"


#: by the dictionary transform's name; its twin is named without the d
TRANSFORMS = {
    "CheckBraind": Twins(),
    "CorrectBiasd": Twins(),
    "LoadLabelMapd": Twins(takes="label"),
    "LoadOnGridd": Twins((GRID,), "file"),
    "LoadScand": Twins(),
    "NormalizeOnGridd": Twins((GRID,)),
    "PlaceOnGridd": Twins((GRID,)),
    "RegisterToTemplated": Twins((6,)),
    "StripSkulld": Twins(("deepbet",)),
}


def dictionary(name: str, keys, allow_missing_keys: bool = False) -> MapTransform:
    return getattr(brainaging.transforms, name)(
        keys, *TRANSFORMS[name].options, allow_missing_keys=allow_missing_keys
    )


def array(name: str) -> Transform:
    return getattr(brainaging.transforms, name[:-1])(*TRANSFORMS[name].options)


def above(volume: np.ndarray, affine: np.ndarray) -> np.ndarray:
    return np.where(volume > 200, volume, np.float32(0))


@pytest.fixture(scope="module")
def inputs(brain_2mm, tmp_path_factory) -> dict[str, Any]:
    """One of each kind, at 5 mm."""
    volume, affine = brain_2mm
    coarse = affine @ np.diag([2.5, 2.5, 2.5, 1.0])
    scan = resample(volume, affine, coarse, (38, 46, 38))
    path = tmp_path_factory.mktemp("on-grid") / "volume.nii.gz"
    save_nifti(template_volume(GRID), GRID, path)
    wrap = {"affine": torch.from_numpy(coarse)}
    return {
        "scan": MetaTensor(torch.from_numpy(scan)[None], **wrap),
        "label": MetaTensor((torch.from_numpy(scan)[None] > 500).int(), **wrap),
        "file": str(path),
    }


def shifted(volume: np.ndarray, affine: np.ndarray, dof: int) -> Registration:
    motion = np.eye(4)
    motion[:3, 3] = 1, 2, 3
    return Registration(motion, dof)


@pytest.fixture(params=list(TRANSFORMS))
def name(request, monkeypatch) -> str:
    # what takes seconds has its own tests: not what it finds is asked here
    monkeypatch.setattr(strip, "BrainExtraction", object)
    monkeypatch.setitem(strip.STRIPPERS, "deepbet", above)
    monkeypatch.setattr(register_to_template, "register", shifted)
    monkeypatch.setattr(bias, "correct_bias", above)
    return request.param


@pytest.fixture
def entry(name, inputs) -> Any:
    return inputs[TRANSFORMS[name].takes]


def same(one: Any, other: Any) -> bool:
    """Whether two images have the same voxels, and lie at the same place where both say where."""
    placed = all(isinstance(each, MetaTensor) for each in (one, other))
    voxels = [torch.as_tensor(each).as_subclass(torch.Tensor) for each in (one, other)]
    return torch.equal(*voxels) and (not placed or torch.equal(one.affine, other.affine))


def test_every_dictionary_transform_is_held_and_has_a_twin() -> None:
    public = {name: getattr(brainaging.transforms, name) for name in brainaging.transforms.__all__}
    ours = {n for n, c in public.items() if inspect.isclass(c) and issubclass(c, MapTransform)}
    assert ours == TRANSFORMS.keys()
    for name in ours:
        assert issubclass(public[name[:-1]], Transform) and not issubclass(public[name[:-1]], MapTransform)


def test_keys_its_twin_and_what_else_is_there(name, entry) -> None:
    before = entry.clone() if isinstance(entry, MetaTensor) else entry
    data = {"first": entry, "second": entry, "age": 40, 3: "x"}
    out = dictionary(name, ["first", "second"])(data)
    expected = array(name)(entry)
    assert same(out["first"], expected) and same(out["second"], expected)
    assert out["age"] == 40 and out[3] == "x" and set(data) == {"first", "second", "age", 3}
    assert data["first"] is entry
    if isinstance(entry, MetaTensor):
        assert same(entry, before) and entry.meta.keys() == before.meta.keys() and not entry.applied_operations


def test_missing_keys_and_pickling(name, entry) -> None:
    step = pickle.loads(pickle.dumps(dictionary(name, ["there", "missing"], allow_missing_keys=True)))
    assert same(step({"there": entry})["there"], array(name)(entry)) and "missing" not in step({})
    with pytest.raises(KeyError, match=f"`missing` of transform `{name}` was missing"):
        dictionary(name, "missing")({"there": entry})


def test_meta_tensors_in_and_out_with_their_trace_whatever_is_tracked(name, entry) -> None:
    if TRANSFORMS[name].takes == "file":
        pytest.skip("a file in, a plain tensor out")
    traced = entry.clone()
    traced.push_applied_operation({"class": "AnotherProjects"})
    out = array(name)(traced)
    assert isinstance(out, MetaTensor) and out.applied_operations[0] == {"class": "AnotherProjects"}
    try:
        set_track_meta(False)
        untracked = array(name)(entry)
    finally:
        set_track_meta(True)
    assert same(untracked, out)


def test_pending_operations_are_done_first(name, entry) -> None:
    """MONAI's lazy resampling: a step that needs voxels is given them, in a chain and alone."""
    if TRANSFORMS[name].takes == "file":
        pytest.skip("nothing is pending on a file")
    # flipped twice, so that the brain still lies as its header says
    steps = [Flipd("x", 0), Flipd("x", 0), dictionary(name, "x")]
    eager, lazy = (Compose(steps, lazy=lazy)({"x": entry})["x"] for lazy in (False, True))
    torch.testing.assert_close(lazy.as_tensor(), eager.as_tensor(), atol=1e-2, rtol=1e-3)
    pending = Flipd("x", 0, lazy=True)({"x": entry})["x"]
    assert not array("NormalizeOnGridd")(pending).pending_operations


def test_an_image_on_the_gpu_comes_back_there(name, entry) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    if TRANSFORMS[name].takes == "file":
        pytest.skip("a file lies on no device")
    out = array(name)(entry.cuda())
    assert out.is_cuda
    torch.testing.assert_close(out.cpu().as_tensor(), array(name)(entry).as_tensor(), atol=1e-3, rtol=1e-4)


def test_nibabel_images_are_read(inputs) -> None:
    scan = inputs["scan"]
    image = nib.Nifti1Image(scan[0].numpy(), scan.affine.numpy())
    image.set_sform(scan.affine.numpy(), code=1)
    assert same(array("LoadScand")(image), array("LoadScand")(scan))
