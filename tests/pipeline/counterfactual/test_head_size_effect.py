"""A head becomes as large in an edit as is requested, whatever the edit did before."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.head_size_effect import sized_as_requested
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


@pytest.mark.parametrize("by", [0.7, 1.4])
def test_heads_become_as_much_larger_and_smaller_as_requested(regressed, by):
    edit, volumes, velocities, people = regressed
    column = edit.design.columns().index("head_size")
    scale = np.where(np.arange(len(edit.velocities)) == column, by, 1.0)[:, None].astype(np.float32)
    wrong = replace(edit, velocities=edit.velocities * scale, contrast=edit.contrast * scale)
    resized = sized_as_requested(wrong, volumes, velocities, people, np.ones(len(people)))
    others = np.arange(len(edit.velocities)) != column
    np.testing.assert_array_equal(resized.velocities[others], edit.velocities[others])
    ratio = 1.06 ** np.where(np.arange(len(people)) % 2, 1.0, -1.0)
    after = people.with_head_size(people.head_size * ratio)
    slopes = []
    for each in (wrong, resized):
        edited = volumes + each.predicted_change(volumes, people, after, velocities)
        changed = np.log(head_sizes(edited, GRID.spacing) / head_sizes(volumes, GRID.spacing))
        slopes.append(float(np.log(ratio) @ changed) / float(np.square(np.log(ratio)).sum()))
    assert abs(slopes[1] - 1) < 0.05
    assert abs(slopes[1] - 1) < abs(slopes[0] - 1)


def test_scans_that_registration_scaled_say_nothing_of_how_large_heads_become(regressed):
    edit, volumes, velocities, people = regressed
    scales = np.ones(len(people))
    scales[3] = 1.05
    assert sized_as_requested(edit, volumes, velocities, people, scales) is edit
