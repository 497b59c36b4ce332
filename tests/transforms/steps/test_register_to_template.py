"""Registration moves the affine alone, of a scan and of what lies in its space."""

import numpy as np
import pytest

from brainaging.transforms import RegisterToTemplated
from brainaging.transforms.registration import centroid
from brainaging.transforms.steps.images import affine_of, array_of, moved


def test_a_label_map_moves_with_its_scan_and_both_come_back(image, label):
    motion = np.eye(4)
    motion[:3, 3] = (12, -9, 15)
    away = {"image": moved(image, motion), "label": moved(label, motion)}
    step = RegisterToTemplated("image", 6, followers="label")
    placed = step(away)
    found = np.asarray(placed["image"].meta["registration"])
    brain = centroid(array_of(image), affine_of(image))
    np.testing.assert_allclose(found[:3, :3] @ (brain + motion[:3, 3]) + found[:3, 3], brain, atol=1)
    np.testing.assert_allclose(affine_of(placed["label"]), found @ affine_of(away["label"]))
    assert placed["label"].dtype == label.dtype and placed["label"].data_ptr() == label.data_ptr()
    back = step.inverse(placed)
    for key in ("image", "label"):
        np.testing.assert_array_equal(affine_of(back[key]), affine_of(away[key]))
        assert "registration" not in back[key].meta and not back[key].applied_operations


def test_unknown_degrees_of_freedom_are_refused():
    with pytest.raises(ValueError, match="dof: expected 6, 9 or 12, found 7"):
        RegisterToTemplated("image", 7)
