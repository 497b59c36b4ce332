"""A small cohort of simulated people, rendered once, and an edit regressed on them."""

from dataclasses import dataclass

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.cohort_alignment import REACH_MM, AlignedCohort, align_cohort
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.transforms import get_grid, template_mask

PEOPLE = 24
#: of the splines' knots, mm: a third of the default's resolution, so that alignment takes a second
KNOTS = 24.0


@dataclass(frozen=True)
class SmallCohort:
    """Simulated people, their scans (n, X, Y, Z) at 6 mm, ages and sexes (n,), and the cohort aligned."""

    truth: Truth
    subjects: list[str]
    volumes: np.ndarray
    age: np.ndarray
    male: np.ndarray
    aligned: AlignedCohort


@pytest.fixture(scope="session")
def small_cohort() -> SmallCohort:
    scenario, grid = load_scenario("lifespan"), get_grid("t1w_32")
    causes = draw_causes(scenario, 3, PEOPLE)
    truth = Truth(Renderer(scenario, 3, 6.0), {cause.subject: cause for cause in causes}, grid)
    volumes = np.stack([truth.volume(cause) for cause in causes])
    age, male = np.array([c.age for c in causes]), np.array([float(c.sex == "M") for c in causes])
    aligned = align_cohort(volumes, grid, age, male, knots_mm=KNOTS)
    return SmallCohort(truth, [cause.subject for cause in causes], volumes, age, male, aligned)


@pytest.fixture(scope="session")
def regressed(small_cohort: SmallCohort) -> tuple[Deformation, np.ndarray, np.ndarray, Covariates]:
    """An edit as regression has it, the scans, their velocities and covariates."""
    aligned = small_cohort.aligned
    people = Covariates(small_cohort.age, small_cohort.male, aligned.head_size)
    design = Design.of(people)
    rows = design.matrix(people)
    edit = Deformation(
        get_grid("t1w_32"),
        design,
        aligned.alignment,
        least_squares(aligned.velocities, rows).astype(np.float32),
        least_squares(aligned.warped.reshape(len(rows), -1), rows).astype(np.float32),
    )
    return edit, small_cohort.volumes, aligned.velocities, people


@pytest.fixture(scope="session")
def learned(regressed: tuple[Deformation, np.ndarray, np.ndarray, Covariates]) -> Learned:
    """That edit as if it had been learned: draws around it, and a reader of random weights."""
    edit = regressed[0]
    draws = np.array([0.8, 1.0, 1.2], dtype=np.float32)[:, None, None] * edit.velocities
    count = int(template_mask(edit.grid, dilate_mm=REACH_MM).sum()) + 1
    sex, age = 1e-3 * np.random.default_rng(0).standard_normal((2, count)).astype(np.float32)
    age[-1] = 50.0
    reader = SexAgeReader(edit.grid, float(np.log(1400)), 1.0, sex, age)
    tissue_draws = np.zeros((len(draws), len(edit.velocities), 0), dtype=np.float32)
    return Learned(edit, draws, tissue_draws, (20.0, 80.0), "small", True, PEOPLE, reader, PEOPLE, "", 0.03)
