"""Every public transform gives the right result or one line: nothing is cast, dropped or placed in silence."""

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import (
    CheckBraind,
    CorrectBiasd,
    GridMismatchError,
    LoadOnGridd,
    LoadScand,
    NormalizeOnGridd,
    PlaceOnGridd,
    RegisterToTemplated,
    ScanError,
    StripSkulld,
    brain_mask,
    correct_bias,
    get_grid,
    head_size_ml,
    normalize_intensity,
    place,
    register,
    resample,
    save_nifti,
    strip,
    t1w_chain_array,
    to_native,
)
from brainaging.transforms.checks.image_form import (
    good_affine,
    nibabel_volume,
    one_channel,
    real_array,
    scan_numbers,
)

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])
BAD = AFFINE * [[1], [1], [0], [1]]
GRID = get_grid("t1w_32")
VOLUME = np.random.default_rng(0).random((32, 32, 32), np.float32)
RGB = np.zeros((32, 32, 32), [("R", "u1"), ("G", "u1"), ("B", "u1")])

#: arrays that are no volume
ARRAYS = {
    "complex": VOLUME + 1j,
    "RGB": RGB,
    "objects": VOLUME.astype(object),
    "text": VOLUME.astype(str),
    "two channels": np.stack([VOLUME, VOLUME]),
    "empty": VOLUME[:0],
    "NaN": np.where(VOLUME > 0.5, np.nan, VOLUME),
}
ARRAY_FUNCTIONS = {
    "brain_mask": brain_mask,
    "correct_bias": lambda v: correct_bias(v, np.full(3, 2.0)),
    "head_size_ml": lambda v: head_size_ml(v, 2.0),
    "normalize_intensity": lambda v: normalize_intensity(v, GRID),
    "place": lambda v: place(v, AFFINE, GRID),
    "register": lambda v: register(v, AFFINE),
    "resample": lambda v: resample(v, AFFINE, AFFINE, (8, 8, 8)),
    "save_nifti": lambda v: save_nifti(v, GRID, "/dev/null/never.nii"),
    "to_native": lambda v: to_native(v, GRID, (AFFINE, (8, 8, 8))),
}
#: what any number of volumes may go through
ANY_AXES = {"head_size_ml", "normalize_intensity"}
#: what NaN passes through where it was
KEEPS_NAN = {"place", "resample", "save_nifti", "to_native"}


def refused(call):
    with pytest.raises((ScanError, GridMismatchError)) as error:
        call()
    message = str(error.value)
    assert "expected" in message and "found" in message and "\n" not in message
    return message


@pytest.mark.parametrize("function", ARRAY_FUNCTIONS)
@pytest.mark.parametrize("form", ARRAYS)
def test_array_functions_refuse_what_is_no_volume(form, function):
    if (form == "two channels" and function in ANY_AXES) or (form == "NaN" and function in KEEPS_NAN):
        pytest.skip("right as it is")
    refused(lambda: ARRAY_FUNCTIONS[function](ARRAYS[form]))


@pytest.mark.parametrize("affine", [BAD, AFFINE * np.nan, np.eye(3)], ids=["singular", "NaN", "3 by 3"])
@pytest.mark.parametrize(
    "call",
    [lambda a: place(VOLUME, a, GRID), lambda a: register(VOLUME, a), lambda a: resample(VOLUME, a, a, (8,) * 3)],
)
def test_an_affine_that_says_nothing_is_refused(affine, call):
    assert "affine" in refused(lambda: call(affine))


def meta(array, affine=AFFINE):
    return MetaTensor(torch.as_tensor(array), affine=torch.as_tensor(affine))


IMAGES = {
    "array": VOLUME,
    "number": 3,
    "nothing": None,
    "two channels": meta(np.stack([VOLUME, VOLUME])),
    "no channel": meta(VOLUME),
    "a series": meta(np.zeros((1, 9, 9, 9, 5), np.float32)),
    "complex": meta((VOLUME + 1j)[None]),
}
STEPS = {
    "LoadScand": LoadScand,
    "CheckBraind": CheckBraind,
    "RegisterToTemplated": RegisterToTemplated,
    "PlaceOnGridd": lambda keys: PlaceOnGridd(keys, GRID),
    "NormalizeOnGridd": lambda keys: NormalizeOnGridd(keys, GRID),
    "CorrectBiasd": CorrectBiasd,
    "StripSkulld": StripSkulld,
    "LoadOnGridd": lambda keys: LoadOnGridd(keys, GRID),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("form", IMAGES)
def test_dictionary_transforms_refuse_what_is_no_image(form, step, monkeypatch):
    if form == "two channels" and step == "NormalizeOnGridd":
        pytest.skip("each is scaled by itself")
    monkeypatch.setattr(strip, "BrainExtraction", object)
    refused(lambda: STEPS[step]("image")({"image": IMAGES[form]}))


LOADED = {
    "bool": (meta(VOLUME[None] > 0.5), "True and False"),
    "NaN": (meta(ARRAYS["NaN"][None]), "finite"),
    "empty": (meta(VOLUME[None, :0]), "at least"),
    "singular": (meta(VOLUME[None], BAD), "inverted"),
    "NaN affine": (meta(VOLUME[None], AFFINE * np.nan), "inverted"),
    "Analyze": (nib.AnalyzeImage(VOLUME, AFFINE), "orientation, found AnalyzeImage"),
    "SPM": (nib.Spm99AnalyzeImage(VOLUME, AFFINE), "orientation, found Spm99AnalyzeImage"),
    "no code": (nib.Nifti1Image(VOLUME, None), "orientation"),
    "RGB": (nib.Nifti1Image(RGB, AFFINE), "real numbers, found a structured"),
    "complex": (nib.Nifti1Image(VOLUME.astype(np.complex64), AFFINE), "complex"),
    "series": (nib.Nifti1Image(np.stack([VOLUME] * 3, -1), AFFINE), "3 axes"),
}


@pytest.mark.parametrize("form", LOADED)
def test_loading_refuses_it_by_name(form):
    image, message = LOADED[form]
    assert message in refused(lambda: LoadScand("image")({"image": image}))
    assert message in refused(lambda: t1w_chain_array("t1w_32")(image))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float64])
def test_numbers_of_any_real_type_are_the_same_scan(dtype):
    numbers = (200 * VOLUME).round().astype(dtype)
    forms = (
        meta(numbers[None]),
        nib.Nifti1Image(numbers, AFFINE, dtype=dtype),
        nib.MGHImage(numbers.astype("f4"), AFFINE),
    )
    for form in forms:
        image = LoadScand("image")({"image": form})["image"]
        assert image.dtype == torch.float32
        np.testing.assert_array_equal(image[0], numbers.astype(np.float32))
        np.testing.assert_array_equal(image.affine, AFFINE)


def test_the_checks_give_back_what_is_right():
    assert real_array(torch.from_numpy(VOLUME), "a").dtype == np.float32
    assert real_array(VOLUME > 0.5, "a").dtype == bool
    np.testing.assert_array_equal(good_affine(AFFINE.tolist(), "a"), AFFINE)
    image = meta(VOLUME[None])
    assert one_channel(image, "a") is image
    np.testing.assert_array_equal(nibabel_volume(nib.Nifti1Image(VOLUME, AFFINE), "a"), VOLUME)
    np.testing.assert_array_equal(scan_numbers(VOLUME, "a"), VOLUME)
