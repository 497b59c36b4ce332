"""Volumes of a scan in the head's own scale."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES, structure_volumes
from brainaging.transforms import get_grid, template_volume


def test_volumes_are_the_head_s_own_and_tissue_is_both_kinds():
    grid = get_grid("t1w_32")
    brain = template_volume(grid)[None]
    once, twice = (
        structure_volumes(np.repeat(brain, 2, axis=0), grid, np.array(scale)) for scale in ([1, 1], [1, 2])
    )
    assert tuple(once) == STRUCTURES
    for name in STRUCTURES:
        assert twice[name][1] == pytest.approx(2 * once[name][0])
    np.testing.assert_allclose(once["tissue"], once["grey"] + once["white"])


def test_darker_deep_voxels_are_larger_ventricles():
    grid = get_grid("t1w_32")
    brain = template_volume(grid)
    darker = brain.copy()
    middle = tuple(slice(size // 2 - 2, size // 2 + 2) for size in grid.shape)
    darker[middle] *= 0.3
    found = structure_volumes(np.stack([brain, darker]), grid, np.ones(2))
    assert found["ventricles"][1] > found["ventricles"][0] + 1
    assert found["tissue"][1] < found["tissue"][0]
