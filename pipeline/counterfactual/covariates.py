"""What an edit changes and what it holds: age, sex and head size of each scan, and the design of fits on them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.open_covariates.design_formula import DesignFormula, base_frame
from brainaging.pipeline.data import Cohort, Prepared, known_years
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import UserError

#: standard deviation of ages, years, from which a fit bends with age. Young adults (HCP: 3.7) are too alike to
#: tell a bend, lifespan cohorts (about 20) need one. Sensitivity: none between these two
BENDING_SD = 6.0
AGE, SEX, HEAD_SIZE = "age", "sex", "head_size"
AGE_SQUARED = "age_squared"


@dataclass(frozen=True)
class Covariates:
    """Of n scans: ``age`` (n,) in years, ``male`` (n,) 0 or 1, ``head_size`` (n,) in mL.

    ``more`` holds what else a design's formula names, a row a scan; None for nothing.
    """

    age: np.ndarray
    male: np.ndarray
    head_size: np.ndarray
    more: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.age)

    def __getitem__(self, rows: np.ndarray | slice) -> "Covariates":
        more = None if self.more is None else self.more.iloc[rows]
        return Covariates(self.age[rows], self.male[rows], self.head_size[rows], more)

    @property
    def frame(self) -> pd.DataFrame:
        """People as a formula reads them."""
        return base_frame(self.age, self.male, self.head_size, self.more)

    def older(self, years: float | np.ndarray) -> "Covariates":
        """Return the same people ``years`` older."""
        return replace(self, age=self.age + years)

    def as_sex(self, male: float | np.ndarray) -> "Covariates":
        """Return the same people as men (1) or women (0)."""
        return replace(self, male=np.broadcast_to(np.asarray(male, float), self.male.shape))

    def with_head_size(self, size: float | np.ndarray) -> "Covariates":
        """Return the same people with heads of ``size`` mL."""
        return replace(self, head_size=np.broadcast_to(np.asarray(size, float), self.head_size.shape))


@dataclass(frozen=True)
class Design:
    """Columns of a linear model on age, sex and head size together, centred where it was fitted.

    Attributes:
        age: mean age, years.
        bend: mean squared distance from it, decades², where the model bends with age; None where it is straight.
        log_size: mean log head size.
        adjusted: covariates that stand in the model beside the constant; leaving some out shows what they do.
        formula: what adds columns to these; None for none.
    """

    age: float
    bend: float | None
    log_size: float
    adjusted: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)
    formula: DesignFormula | None = None

    @classmethod
    def by(cls, formula: str, people: Covariates) -> "Design":
        """Return the design for a training cohort by a formula: ``age + sex + head_size + age:sex + site``.

        Age bends as in :meth:`of` unless a term of the formula bends it.

        Raises:
            UserError: as :meth:`of` and :class:`DesignFormula`.
        """
        frame = people.frame
        wanted = DesignFormula.of(formula, frame)
        base = cls.of(people, wanted.base)
        base = replace(base, bend=None) if wanted.bends else base
        fitted = wanted.fitted(frame, base.matrix(people))
        return replace(base, formula=fitted) if fitted.names else base

    @classmethod
    def of(cls, people: Covariates, adjusted: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)) -> "Design":
        """Return the design for a training cohort.

        Raises:
            UserError: a covariate of the design does not vary, or nobody is there.
        """
        for name, values in ((AGE, people.age), (SEX, people.male), (HEAD_SIZE, people.head_size)):
            if name in adjusted and (len(values) < 2 or np.ptp(values) == 0):
                raise UserError(f"{name}: expected people who differ in it, found none")
        mean = float(people.age.mean())
        bend = float(np.square((people.age - mean) / 10).mean()) if people.age.std() > BENDING_SD else None
        return cls(mean, bend, float(np.log(people.head_size).mean()), tuple(adjusted))

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates that it is of, each once."""
        others = () if self.formula is None else self.formula.covariates
        return tuple(dict.fromkeys((*self.adjusted, *others)))

    def columns(self) -> list[str]:
        """Return the names of the matrix's columns."""
        names = ["constant"]
        for name in self.adjusted:
            names += [AGE, AGE_SQUARED] if name == AGE and self.bend is not None else [name]
        return names + list(self.formula.names if self.formula is not None else ())

    def matrix(self, people: Covariates) -> np.ndarray:
        """Return (n, q): a constant, age in decades (and its square), sex ±½, log head size, all centred.

        Then come the formula's columns.
        """
        decades = (people.age - self.age) / 10
        parts = [np.ones(len(people))]
        for name in self.adjusted:
            if name == AGE:
                parts.append(decades)
                parts += [decades**2 - self.bend] if self.bend is not None else []
            elif name == SEX:
                parts.append(people.male - 0.5)
            else:
                parts.append(np.log(people.head_size) - self.log_size)
        base = np.stack(parts, axis=1)
        return base if self.formula is None else np.hstack([base, self.formula.matrix(people.frame, base)])

    def covariate_step(self, before: Covariates, after: Covariates) -> np.ndarray:
        """Return (n, q), by how much the matrix's rows of ``after`` exceed those of ``before``."""
        return self.matrix(after) - self.matrix(before)


def cohort_covariates(cohort: Cohort, head_size: np.ndarray) -> tuple[Covariates, np.ndarray]:
    """Return the covariates of a cohort's rows in which all three are known (m), and these rows (m,).

    Ages are years where they are known, restricted ones too, which stay in memory; else the middle of HCP's
    bracket.

    Raises:
        UserError: nobody has all three.
    """
    table = cohort.table
    age = known_years(cohort)
    sex = table["sex"].to_numpy(dtype=str)
    complete = np.flatnonzero(np.isfinite(age) & np.isin(sex, ("F", "M")) & np.isfinite(head_size))
    if not len(complete):
        raise UserError(f"{cohort.name}: expected people of known age and sex, found none")
    people = Covariates(age[complete], (sex[complete] == "M").astype(float), head_size[complete].astype(float))
    return people, complete


def registered_scale(prepared: Prepared, rows: np.ndarray, volumes: np.ndarray) -> np.ndarray:
    """Return (m,) each head's own volume by that on the grid: 1 where a scan lay in the template's space.

    Args:
        prepared: the cohort.
        rows: (m,) of it.
        volumes: (m, X, Y, Z) their scans.
    """
    unregistered = prepared.cohort.table["space"].to_numpy(dtype=str)[rows] == "template"
    scale: np.ndarray = np.where(
        unregistered, 1.0, prepared.head_size[rows] / head_sizes(volumes, prepared.grid.spacing)
    )
    return scale
