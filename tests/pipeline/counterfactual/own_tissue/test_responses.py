"""What is planted in people's own tissue is found, as large as it was planted."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.networks import VelocityLattice
from brainaging.pipeline.counterfactual.cohort_alignment import align_cohort
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.estimation.cohort_effects import effects
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS, own_tissue
from brainaging.pipeline.counterfactual.own_tissue.flow import flow
from brainaging.pipeline.counterfactual.own_tissue.reading import resampled
from brainaging.pipeline.counterfactual.own_tissue.responses import Responses, responses
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def shown(small_cohort) -> Responses:
    expected = np.zeros((len(small_cohort.volumes), small_cohort.aligned.alignment.size))
    return responses(small_cohort.aligned, small_cohort.volumes, GRID, expected)


def test_every_component_is_seen_and_no_two_look_alike(shown):
    for seen in (shown.velocities, shown.warped):
        assert (np.linalg.norm(seen, axis=1) > 0).all()
    alike = np.corrcoef(shown.velocities) - np.eye(len(COMPONENTS))
    assert np.abs(alike).max() < 0.98


@pytest.mark.slow
@pytest.mark.parametrize(("name", "planted"), [("ventricles", 0.3), ("white matter", -0.05)])
def test_what_is_planted_in_own_tissue_is_found_as_large(small_cohort, name, planted):
    """Everybody's scan twice, the second ten years older and moved by the planted amplitude."""
    count = len(small_cohort.volumes)
    lattice = VelocityLattice(GRID.shape[0], GRID.spacing, 24.0)
    step = planted * (np.array(COMPONENTS) == name)
    older = np.stack(
        [
            resampled(scan, flow(own_tissue(scan, GRID), -step, GRID, lattice)[0].numpy())
            for scan in small_cohort.volumes
        ]
    )
    volumes = np.concatenate([small_cohort.volumes, older])
    # ages say nothing but which of the two a scan is
    age, male = np.repeat([45.0, 55.0], count), np.tile(np.arange(count) % 2.0, 2)
    families = np.tile(np.arange(count), 2)
    aligned = align_cohort(volumes, GRID, age, male, knots_mm=24.0)
    people = Covariates(age, male, aligned.head_size)
    design = replace(Design.of(people), bend=None)
    rows = design.matrix(people)
    expected = rows @ least_squares(aligned.velocities, rows)
    seen = responses(aligned, volumes, GRID, expected)
    found = effects(aligned, rows, families, seen, design).amplitudes[design.columns().index("age")]
    assert found[COMPONENTS.index(name)] == pytest.approx(planted, rel=0.25)
