"""Effects of a cohort: head size moves no tissue, and what tissue explains is no contrast."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.estimation.cohort_effects import effects
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS
from brainaging.pipeline.counterfactual.own_tissue.responses import Responses


@pytest.fixture(scope="module")
def planted(small_cohort):
    """The small cohort with amplitudes of known responses planted in all that is measured of it."""
    aligned = small_cohort.aligned
    random = np.random.default_rng(0)
    people = Covariates(small_cohort.age, small_cohort.male, aligned.head_size)
    design = Design.of(people)
    rows = design.matrix(people)
    size, voxels = aligned.velocities.shape[1], aligned.warped[0].size
    spread = aligned.velocities.std(), aligned.warped.std()
    shown = Responses(
        20 * spread[0] * random.standard_normal((len(COMPONENTS), size)),
        20 * spread[1] * random.standard_normal((len(COMPONENTS), voxels)),
    )
    return aligned, rows, design, shown


def test_head_size_and_the_constant_move_no_tissue(planted):
    aligned, rows, design, shown = planted
    found = effects(aligned, rows, np.arange(len(rows)), shown, design)
    for column, name in enumerate(design.columns()):
        assert name not in ("constant", "head_size") or not found.amplitudes[column].any()
    assert found.amplitudes.shape == (len(design.columns()), len(COMPONENTS))
    assert [part.shape for part in found.coefficients] == [
        (len(design.columns()), aligned.velocities.shape[1]),
        (len(design.columns()), aligned.warped[0].size),
    ]


def test_a_bootstrap_of_everybody_once_is_the_fit(planted):
    aligned, rows, design, shown = planted
    found = effects(aligned, rows, np.arange(len(rows)), shown, design)
    again, amplitudes = found.refit(np.ones(len(rows)))
    np.testing.assert_allclose(amplitudes, found.amplitudes, atol=1e-6)
    for one, other in zip(again, found.coefficients, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
