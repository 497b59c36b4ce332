"""Who is learned from and who is measured by, with the covariates that brains are ordered by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from brainaging.pipeline.data import Cohort, Prepared, person_covariates
from brainaging.pipeline.data.cohorts import read_table
from brainaging.transforms import GridSpec

#: what brains are ordered by
DESIGN = "age + sex + head_size"
#: where a simulated cohort's true volumes stand, beside its people
_CAUSES = Path("truth") / "causes.csv"
#: columns of a simulated cohort's truth that readers of volumes learn
TRUE_VOLUMES = ("ventricles", "cortex", "grey", "white")


@dataclass(frozen=True)
class KnownPeople:
    """People whose age, sex and head size are known.

    Attributes:
        volumes: (n, X, Y, Z) their scans.
        covariates: (n, 3) years, 0 for F or 1 for M, mL.
        groups: (n,) families.
        true: (n,) their true volumes by name, mL, where they are simulated.
    """

    volumes: np.ndarray
    covariates: np.ndarray
    groups: np.ndarray
    true: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.volumes)


@dataclass(frozen=True)
class ComparedPeople:
    """Three parts that share no family.

    Attributes:
        learned: whom generators learned from.
        readers: whom readers learn from.
        fresh: who taught nothing; brains are made for them, and measured by them.
        grid: of all scans.
        cohort: its name, for findings.
    """

    learned: KnownPeople
    readers: KnownPeople
    fresh: KnownPeople
    grid: GridSpec
    cohort: str


def known_people(prepared: Prepared, volumes: np.ndarray, rows: np.ndarray) -> KnownPeople:
    """Return those of some rows of a cohort whose age, sex and head size are known.

    Args:
        prepared: the cohort.
        volumes: (n, X, Y, Z) all its scans.
        rows: positions.
    """
    covariates = person_covariates(prepared, DESIGN).astype(float)
    rows = rows[np.isfinite(covariates[rows]).all(axis=1)]
    true = {name: values[rows] for name, values in true_volumes(prepared.cohort).items()}
    return KnownPeople(volumes[rows], covariates[rows], np.asarray(prepared.cohort.groups())[rows], true)


def true_volumes(cohort: Cohort) -> dict[str, np.ndarray]:
    """Return true volumes (n,) in mL by name of a simulated cohort's people; none of others."""
    images = [Path(str(image)) for image in cohort.table["image"] if image]
    if not cohort.simulated or not images:
        return {}
    # <cohort>/<subject>/T1w/<scan>
    path = images[0].parents[min(2, len(images[0].parents) - 1)] / _CAUSES
    if not path.is_file():
        return {}
    frame = read_table(path).frame.set_index("subject")
    columns = [name for name in TRUE_VOLUMES if f"{name}_ml" in frame]
    subjects = cohort.table["subject"].astype(str)
    if not set(subjects) <= set(frame.index):
        return {}
    own = frame.reindex(list(subjects))
    return {name: own[f"{name}_ml"].to_numpy(dtype=float) for name in columns}
