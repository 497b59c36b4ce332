"""Does a simulated cohort look as hard as the real one? The original's numbers, measured on simulated brains.

The effects of the scenario ``hcp-ya`` were set so that these numbers are about met. That they are met says that a
simulated score is about as hard to reach as the original's, and is no evidence that the original was reproduced:
"the original reported 0.930" beside a score on simulated brains means no more than that.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from brainaging.pipeline.data import Cohort, Prepared, grouped_folds, prepare, read_cohort
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.pipeline.simulate import simulate
from brainaging.pipeline.stats.baselines import majority
from brainaging.pipeline.stats.bootstrap import interval
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import FoldSpace, fold_spaces
from brainaging.pipeline.stats.scores import accuracy


@dataclass(frozen=True)
class Target:
    """A band of accuracy that the simulated cohort's effects were set to meet, and where it comes from."""

    measure: str
    low: float
    high: float
    source: str


# accuracies with grouped folds; the bands around "about" are ±0.02
TARGETS: tuple[Target, ...] = (
    Target("sex from voxels", 0.91, 0.95, "about 0.93, as the original on HCP"),
    Target("sex from head size alone", 0.80, 0.87, "0.80 to 0.87"),
    Target("sex from the table", 0.90, 0.94, "about 0.92, as the original on HCP"),
    Target("age bracket from voxels", 0.45, 0.50, "0.45 to 0.50"),
    Target("age bracket, majority", 0.417, 0.457, "0.437 in HCP"),
)


@dataclass(frozen=True)
class Calibration:
    """One measured accuracy beside its target; ``meets`` says whether the value lies in the band."""

    measure: str
    value: float
    ci_low: float
    ci_high: float
    target_low: float
    target_high: float
    meets: bool
    source: str
    n: int
    seed: int


def calibrate(
    scenario: str | Path = "hcp-ya",
    subjects: int | None = None,
    seed: int = 0,
    *,
    grid: str = "t1w_32",
    work_dir: str | Path | None = None,
    workers: int = 1,
) -> pd.DataFrame:
    """Simulate a cohort and measure what the original measured, with family-grouped folds.

    Args:
        scenario: a scenario's name or YAML file.
        subjects: how many; the scenario's own number if None.
        seed: of the cohort, the folds and the intervals.
        grid: grid that the voxels are read on.
        work_dir: keeps the cohort (``simulated``) and the volumes (``prepared``); a temporary folder if None.
        workers: processes for simulating and preparing.

    Returns:
        one row a measure, columns as :class:`Calibration`.

    Raises:
        UserError: as simulating and preparing do.
    """
    if work_dir is None:
        with TemporaryDirectory(prefix="brainaging-calibration-") as folder:
            return calibrate(scenario, subjects, seed, grid=grid, work_dir=folder, workers=workers)
    root = simulate(
        Path(work_dir) / "simulated", scenario=str(scenario), subjects=subjects, seed=seed, workers=workers
    )
    cohort = read_cohort(root, unrestricted=root / "unrestricted.csv", restricted=root / "restricted.csv")
    prepared = prepare(cohort, grid, Path(work_dir) / "prepared", workers=workers, seed=seed)
    return measure(prepared, freesurfer_table(prepared.cohort, root / "unrestricted.csv"), seed)


def freesurfer_table(cohort: Cohort, unrestricted: str | Path) -> np.ndarray:
    """Return the FS_* columns (n, p) of HCP's unrestricted CSV in the cohort's row order.

    Raises:
        UserError: the file has no FS_* column, or lacks a subject of the cohort.
    """
    frame = pd.read_csv(unrestricted, dtype={"Subject": str}).set_index("Subject")
    names = [name for name in frame.columns if name.startswith("FS_")]
    if not names:
        raise UserError(f"{unrestricted}: expected columns that begin with FS_, found none")
    missing = [subject for subject in cohort.table["subject"] if subject not in frame.index]
    if missing:
        raise UserError(f"{unrestricted}: {len(missing)} subjects of the cohort are missing, first {missing[0]}")
    return frame.loc[cohort.table["subject"], names].to_numpy(dtype=float)


def measure(prepared: Prepared, table: np.ndarray, seed: int) -> pd.DataFrame:
    """Return the calibration of a prepared cohort and its FreeSurfer table (n, p): see :func:`calibrate`."""
    groups = prepared.cohort.groups()
    sex = prepared.cohort.table["sex"].to_numpy(dtype=str)
    bracket = prepared.cohort.table["age_bracket"].to_numpy(dtype=str)
    folds = grouped_folds(groups, stratify=sex, seed=seed)
    inner = subseed(seed, "inner folds")

    def probe(spaces: list[FoldSpace], labels: np.ndarray) -> Predictions:
        return classify(spaces, labels, groups, inner)

    voxels = fold_spaces(prepared.volumes(), folds)
    predictions = {
        "sex from voxels": probe(voxels, sex),
        "sex from head size alone": probe(fold_spaces(prepared.head_size[:, None], folds, table=True), sex),
        "sex from the table": probe(fold_spaces(table, folds, table=True), sex),
        "age bracket from voxels": probe(voxels, bracket),
        "age bracket, majority": majority(voxels, bracket),
    }
    rows = []
    for target in TARGETS:
        value, low, high = interval(accuracy, predictions[target.measure], groups, seed)
        meets = bool(target.low <= value <= target.high)
        bounds = (target.low, target.high, meets, target.source, len(groups), seed)
        rows.append(asdict(Calibration(target.measure, value, low, high, *bounds)))
    return pd.DataFrame(rows)
