"""What array transforms and their dictionary twins share; test_contract.py holds it of all of them."""

import pytest

from brainaging.transforms import CheckBraind, RegisterToTemplated


def test_measures_are_named_after_the_key_where_there_are_several(image):
    names = ("head_size", "orientation", "intensity_form")
    assert set(CheckBraind("image")({"image": image})) == {"image", *names}
    both = CheckBraind(["first", "second"])({"first": image, "second": image})
    measures = {f"{name}_{key}" for name in names for key in ("first", "second")}
    assert set(both) == {"first", "second"} | measures
    assert both["head_size_first"] == both["head_size_second"]


def test_a_follower_may_lack_only_where_keys_may(image):
    with pytest.raises(KeyError, match="`label` of transform `CheckBraind` was missing"):
        CheckBraind("image", followers="label")({"image": image})
    assert "label" not in CheckBraind("image", allow_missing_keys=True, followers="label")({"image": image})


def test_a_key_follows_no_scan_that_it_is():
    with pytest.raises(ValueError, match="followers: expected other keys than keys, found"):
        RegisterToTemplated(["image", "label"], followers="label")
