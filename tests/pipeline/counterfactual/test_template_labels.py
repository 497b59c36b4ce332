"""The template's own labels on the template, and labels that follow a brain that is larger."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from brainaging.pipeline.counterfactual.template_labels import template_labels
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas_on_grid
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_volume

GRID = get_grid("t1w_32")


def _larger(volume: np.ndarray, factor: float, order: int) -> np.ndarray:
    centre = (np.array(volume.shape) - 1) / 2
    return affine_transform(volume, np.eye(3) / factor, centre - centre / factor, order=order)


def _dice(first: np.ndarray, second: np.ndarray) -> float:
    return float(2 * (first & second).sum() / (first.sum() + second.sum()))


def test_the_template_has_its_own_labels() -> None:
    own, _ = atlas_on_grid(DESIKAN_KILLIANY, GRID)
    found = template_labels(template_volume(GRID)[None].astype(np.float32), GRID)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found[0], own)


def test_labels_follow_a_larger_brain() -> None:
    template = template_volume(GRID).astype(np.float32)
    own, _ = atlas_on_grid(DESIKAN_KILLIANY, GRID)
    wanted = _larger(own, 1.06, order=0)
    (found,) = template_labels(_larger(template, 1.06, order=1)[None], GRID)
    assert found.astype(bool).sum() > 1.1 * own.astype(bool).sum()
    assert _dice(found > 0, wanted > 0) > _dice(own > 0, wanted > 0)
    same = [(labels == wanted)[wanted > 0].mean() for labels in (found, own)]
    assert same[0] > same[1] + 0.05


def test_another_grid_is_refused() -> None:
    other = replace(GRID, name="other", spacing=5.0)
    with pytest.raises(UserError, match="expected a cube of 192 mm"):
        template_labels(np.zeros((1, *GRID.shape), np.float32), other)
