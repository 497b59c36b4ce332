"""What stands beside the edit: nobody changes, everybody as those who were followed, and regressions on age."""

from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, Covariates, Design
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.stats.personal_rates import RatePrior, Slopes


@dataclass
class MeanObservedChange:
    """Everybody changes as training people were seen to, in proportion to the years.

    Attributes:
        per_year: (X, Y, Z) their mean change a year.
    """

    per_year: np.ndarray
    name: str = "mean_observed_change"
    covariates: tuple[str, ...] = (AGE,)

    @classmethod
    def of(cls, changes: np.ndarray, years: np.ndarray) -> "MeanObservedChange":
        """Fit to observed changes (n, X, Y, Z) over ``years`` (n,): by least squares through 0, where long
        intervals tell most.
        """
        per_year: np.ndarray = np.tensordot(years, changes, 1) / float(years @ years)
        return cls(per_year.astype(np.float32))

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z)."""
        years = (after.age - before.age).astype(np.float32)
        changes: np.ndarray = np.multiply.outer(years, self.per_year)
        return changes


@dataclass(frozen=True)
class VolumeRegression:
    """Every structure's volume on age, sex and head size, over people seen once.

    Attributes:
        design: of the covariates.
        coefficients: (q, 4) of the structures.
    """

    design: Design
    coefficients: np.ndarray

    @classmethod
    def fit(cls, volumes: dict[str, np.ndarray], people: Covariates) -> "VolumeRegression":
        """Fit to the volumes (n,) of each structure, by least squares."""
        design = Design.of(people)
        columns = np.stack([volumes[name] for name in STRUCTURES], axis=1)
        return cls(design, np.linalg.lstsq(design.matrix(people), columns, rcond=None)[0])

    def predicted_change(self, before: Covariates, after: Covariates) -> dict[str, np.ndarray]:
        """Return the change (n,) of each structure, mL."""
        changes = self.design.covariate_step(before, after) @ self.coefficients
        return dict(zip(STRUCTURES, changes.T, strict=True))


@dataclass(frozen=True)
class Followed:
    """Volumes of n people at their visits: ``ages`` and ``volumes`` have an array (s,) a person."""

    ages: list[np.ndarray]
    volumes: dict[str, list[np.ndarray]]

    def __len__(self) -> int:
        return len(self.ages)

    def slopes(self, structure: str, visits: int, error: float) -> Slopes:
        """Return the slopes of a structure over the first ``visits`` visits; ``error`` as in :class:`Slopes`."""
        return Slopes.of(
            [age[:visits] for age in self.ages], [volume[:visits] for volume in self.volumes[structure]], error
        )

    def at(self, structure: str, visit: int) -> tuple[np.ndarray, np.ndarray]:
        """Return ages (n,) and volumes (n,) at a visit, from 0 on."""
        ages, volumes = (np.array([each[visit] for each in of]) for of in (self.ages, self.volumes[structure]))
        return ages, volumes


def rate_priors(followed: Followed, errors: dict[str, float], retests: int) -> dict[str, RatePrior]:
    """Return what rates people have, by structure, from training people's first two visits.

    ``errors`` are variances of a measurement, from so many ``retests``. Raises ValueError as
    :meth:`RatePrior.fit`.
    """
    return {
        name: RatePrior.fit(followed.slopes(name, 2, errors[name]), errors[name], retests) for name in STRUCTURES
    }
