"""Voxelwise maps with family-aware permutations, and the tests and intervals of scores, on simulated numbers."""

from functools import partial
from typing import Any

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.maps.voxel_maps import group_maps
from brainaging.pipeline.runtime import generator
from brainaging.pipeline.stats.bootstrap import interval
from brainaging.pipeline.stats.permutation import permutation_test
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces
from brainaging.pipeline.stats.scores import CLASS_METRICS
from brainaging.transforms import get_grid, template_mask
from speed.cells import Run
from speed.tables import Table, verdict
from speed.timing import apart, clock, status

#: people as many as the original's, permutations, and the grid
PEOPLE, PERMUTATIONS, GRID = 1113, 1000, "t1w_64"
#: "minutes" of issue 22, seconds
MAPS_BAR = 600.0
FOLDS = 5


def measured(run: Run) -> list[Table]:
    """Return the table of statistics, and measure what is not kept."""
    people, permutations, grid = (40, 19, "t1w_32") if run.quick else (PEOPLE, PERMUTATIONS, GRID)
    rows = []
    for name, words in (
        ("maps", f"maps of age and sex, {permutations} family-aware permutations, {grid}"),
        ("scores", f"sex from voxels: folds, logistic regression, {permutations} relabellings, intervals, t1w_32"),
    ):
        cell = run.kept("group_statistics", name, partial(_cost, name, people, permutations, grid, run.quick))
        bar = verdict(cell["seconds"], MAPS_BAR, most=True) if name == "maps" and not run.quick else ""
        grown = f"{cell['grown']:.2f}"
        rows.append([words, str(people), f"{cell['seconds']:.3g}", bar, f"{cell['held']:.2f}", grown])
    note = (
        "Volumes of noise. GB held are the volumes themselves; grown is what the statistics make the process grow "
        "by beside them."
    )
    return [Table("Statistics", ("what", "people", "s", "bar, s", "held, GB", "grown, GB"), rows, (note,))]


def _cost(name: str, people: int, permutations: int, grid: str, quick: bool) -> dict[str, Any]:
    found = apart(maps_of if name == "maps" else scores_of, people, permutations, grid, quick=quick)
    return {**found.gave, "grown": found.peak - found.gave["before"]}


def people_of(count: int) -> tuple[Covariates, np.ndarray]:
    """Return people of 22 to 36 years in families of two, and their families (n,)."""
    random = generator(0, "bench people")
    families = np.arange(count) // 2
    male = np.arange(count) % 2.0
    age = random.integers(22, 37, count).astype(float)
    return Covariates(age, male, 1200 + 100 * male + random.normal(0, 60, count)), families


def noise_of(count: int, grid: str) -> np.ndarray:
    """Return volumes (n, X, Y, Z) float32 of noise."""
    random = generator(0, "bench noise")
    volumes = np.empty((count, *get_grid(grid).shape), np.float32)
    for volume in volumes:
        random.standard_normal(out=volume, dtype=np.float32)
    return volumes


def maps_of(count: int, permutations: int, grid: str) -> dict[str, float]:
    """Make group maps; return their seconds, GB of the volumes and GB resident before."""
    people, families = people_of(count)
    volumes, now = noise_of(count, grid), clock("cpu")
    before, begun = status("VmRSS"), now()
    group_maps(volumes, template_mask(grid), people, families, seed=0, permutations=permutations)
    return {"seconds": now() - begun, "held": volumes.nbytes / 1e9, "before": before}


def scores_of(count: int, permutations: int, grid: str = "") -> dict[str, float]:
    """Predict sex from volumes of t1w_32 in grouped folds, test and bootstrap; return as :func:`maps_of`."""
    people, families = people_of(count)
    volumes = noise_of(count, "t1w_32")[:, template_mask("t1w_32")]
    sexes, now = np.where(people.male > 0, "M", "F"), clock("cpu")
    before, begun = status("VmRSS"), now()
    folds: list[Fold] = []
    for number in range(FOLDS):
        tested = families % FOLDS == number
        folds.append((np.flatnonzero(~tested), np.flatnonzero(tested)))
    spaces = fold_spaces(volumes, folds)
    predictions = classify(spaces, sexes, families, 0)
    permutation_test(spaces, sexes, families, generator(0, "bench test"), permutations)
    for metric in CLASS_METRICS.values():
        interval(metric, predictions, families, 0)
    return {"seconds": now() - begun, "held": volumes.nbytes / 1e9, "before": before}
