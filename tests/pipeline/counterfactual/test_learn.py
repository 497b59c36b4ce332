"""Who cannot be learned from is said before anything is aligned."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.learn import LearningScans, learn
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid


@pytest.mark.parametrize(
    ("count", "families", "words"), [(30, np.zeros(30), "two families"), (12, np.arange(12), "at least 20 scans")]
)
def test_one_family_and_too_few_people_are_refused(count, families, words):
    grid = get_grid("t1w_32")
    volumes = np.zeros((count, *grid.shape), dtype=np.float32)
    with pytest.raises(UserError, match=words):
        learn(
            LearningScans(
                volumes, grid, np.linspace(20, 80, count), np.arange(count) % 2.0, families, np.ones(count)
            )
        )
