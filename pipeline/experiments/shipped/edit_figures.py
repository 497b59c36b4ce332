"""What is measured of the edit that ships: ten more years of simulated people, beside the true ones."""

from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import FIELD_MM
from brainaging.pipeline.counterfactual.covariates import cohort_covariates
from brainaging.pipeline.counterfactual.edit_checkpoint import load
from brainaging.pipeline.counterfactual.learn import LearningScans, measured_covariates
from brainaging.pipeline.counterfactual.score.agreement import Volumes, map_measures, slope_error
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import edit_targets, renderable
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.recipe_people import MEASURED
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.transforms import template_mask

#: people that are edited. Sensitivity: of the intervals, which are theirs
EDITED = 60
SEED = 0


def edit_figures(weights: Path, people: Prepared) -> list[Figure]:
    """Return how near the edit's ten years come to the true ones, on people whom nobody learned from.

    Args:
        weights: what ``brainaging directions``, or the recipe, wrote.
        people: the recipe's; those of the part ``test`` are edited.

    Raises:
        UserError: no truth lies beside the people.
    """
    learned = load(weights)
    truth = Truth.beside(people.cohort, people.grid)
    if truth is None:
        raise UserError(f"{people.folder}: expected simulated people with their truth, found none")
    covariates, complete = cohort_covariates(people.cohort, people.head_size)
    kept = np.flatnonzero(np.isin(complete, people.split(MEASURED)))[:EDITED]
    subjects = people.cohort.table["subject"].to_numpy(dtype=str)[complete[kept]]
    able = renderable([AGED], truth, list(subjects))
    kept, subjects = kept[able], subjects[able]
    scans = LearningScans.of(people, complete[kept], covariates[kept])
    measured = measured_covariates(learned.edit, scans)
    targets = edit_targets(AGED, truth, list(subjects), measured, truth.male_ratio)
    if targets.true is None:
        raise UserError(f"{people.folder}: expected simulated people with their truth, found none")
    changes = learned.edit.predicted_change(scans.volumes, targets.before, targets.after)
    mask = template_mask(people.grid, dilate_mm=FIELD_MM)
    count = len(scans)
    of_others = (targets.true.sum(axis=0) - targets.true) / (count - 1)
    near, plain = (map_measures(each, targets.true, mask) for each in (changes, of_others))
    before = Volumes.of(scans.volumes, people.grid).ventricles
    grown, truly = (
        Volumes.of(scans.volumes + each, people.grid).ventricles - before for each in (changes, targets.true)
    )
    beside = "the others' mean true change"
    families = np.asarray(scans.families)
    return [
        _mean("correlation_of_change", near["correlation"], families, beside, plain["correlation"]),
        _mean("norm_ratio", near["norm_ratio"], families, beside, plain["norm_ratio"]),
        _mean(
            "error_of_regional_slopes",
            slope_error(changes, targets.true, people.grid),
            families,
            beside,
            slope_error(of_others, targets.true, people.grid),
        ),
        Figure("ventricle_growth_by_true", *mean_ratio(grown, truly, families, SEED), count, "the truth", 1.0),
    ]


def _mean(metric: str, values: np.ndarray, families: np.ndarray, beside: str, other: np.ndarray) -> Figure:
    return Figure(metric, *mean_ratio(values, 1.0, families, SEED), len(values), beside, float(other.mean()))
