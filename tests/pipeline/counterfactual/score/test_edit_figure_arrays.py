"""The arrays behind the report's figures: everybody's where they may be told, rounded where they may not."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.score.edit_figure_arrays import FRAMES, write_figures
from brainaging.pipeline.counterfactual.score.scorer import HeldOut
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


class Edit:
    """Adds a hundredth a year."""

    name = "deformation"

    def predicted_change(self, volumes, before, after, velocities=None):
        return 0.01 * (after.age - before.age)[:, None, None, None] * np.ones_like(volumes)


def written(tmp_path, restricted: bool, simulated: bool, truth: bool) -> dict[str, np.ndarray]:
    people = Covariates(np.array([31.0, 52.0, 73.0]), np.ones(3), np.full(3, 1400.0))
    scans = np.arange(3.0)[:, None, None, None] * np.ones((3, *GRID.shape))
    examples = {
        ("age+10", "deformation"): 0.1 + 0 * scans,
        ("age+10", "voxel_regression"): scans,
        ("age+10", "true"): 2 * scans,
    }
    scorer = SimpleNamespace(
        held_out=HeldOut(scans, GRID, list("abc"), people, np.arange(3)),
        examples=examples,
        truth=object() if truth else None,
    )
    learned = SimpleNamespace(edit=Edit(), ages=(20.0, 80.0), simulated=simulated)
    write_figures(tmp_path / "edits.npz", scorer, learned, restricted)
    with np.load(tmp_path / "edits.npz", allow_pickle=False) as arrays:
        return dict(arrays)


def test_one_person_of_middle_age_is_shown_with_the_truth_where_it_is_known(tmp_path):
    arrays = written(tmp_path, restricted=False, simulated=True, truth=True)
    assert arrays["film"].shape == (FRAMES, *GRID.shape)
    np.testing.assert_array_equal(arrays["film_ages"], np.linspace(20, 80, FRAMES))
    assert arrays["scan"][0, 0, 0] == 1.0
    assert (arrays["true"][0, 0, 0], arrays["mean_true"][0, 0, 0]) == (2.0, 2.0)
    assert arrays["predicted"][0, 0, 0] == pytest.approx(0.1)
    assert arrays["comparator"][0, 0, 0] == 1.0


def test_a_restricted_age_is_rounded_before_a_film_tells_it(tmp_path):
    arrays = written(tmp_path, restricted=True, simulated=False, truth=False)
    assert not {"true", "mean_true"} & set(arrays)
    # of 52 years the film starts from 50: a frame's difference from the scan tells no exact age
    shown = arrays["film"][:, 0, 0, 0] - arrays["scan"][0, 0, 0]
    np.testing.assert_allclose(shown, 0.01 * (arrays["film_ages"] - 50.0), atol=1e-9)
