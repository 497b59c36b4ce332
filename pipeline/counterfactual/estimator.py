"""An edit in scikit-learn's form: fitted to scans and a table of people, by a formula of their covariates.

>>> from sklearn.base import clone
>>> model = CounterfactualModel("age + sex + head_size + age:sex + education", knots_mm=24.0)
>>> clone(model).get_params()["formula"]
'age + sex + head_size + age:sex + education'
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from brainaging.pipeline.counterfactual.cohort_alignment import KNOTS_MM
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.edit_checkpoint import load, save
from brainaging.pipeline.counterfactual.learn import Learned, LearningScans, learn, measured_covariates
from brainaging.pipeline.counterfactual.open_covariates.design_formula import BASE
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

_AGE, _SEX, _SIZE = BASE


class CounterfactualModel(BaseEstimator):
    """What covariates change in brains, learned from people who differ in them, and applied to a scan.

    The same estimator as `brainaging directions` fits; its ``formula`` may name any column of the people: splines
    of age with knots and bounds, interactions, education, site. Head size is what :meth:`measured` finds in the
    scans, in fitting and in editing: another instrument's would be another covariate.

    Args:
        formula: of the design, in Wilkinson's notation; the constant always stands in it.
        grid: name of the grid that scans lie on.
        knots_mm: distance of the splines' knots, mm.
        seed: of the draws that intervals come from.

    Attributes:
        learned_: the edit, with what is known of it.
        covariates_: names of the people's columns that an edit may change.
    """

    learned_: Learned
    covariates_: tuple[str, ...]

    def __init__(
        self,
        formula: str = "age + sex + head_size",
        *,
        grid: str = "t1w_48",
        knots_mm: float = KNOTS_MM,
        seed: int = 0,
    ) -> None:
        self.formula = formula
        self.grid = grid
        self.knots_mm = knots_mm
        self.seed = seed

    def fit(
        self,
        scans: np.ndarray,
        people: pd.DataFrame,
        groups: ArrayLike | None = None,
        own_scale: ArrayLike | None = None,
    ) -> Self:
        """Learn from scans (n, X, Y, Z) on the grid, normalised, and their people, a row a scan.

        Args:
            scans: as the project's chains place and normalise them.
            people: columns ``age`` (years), ``sex`` (F or M), and what the formula names but ``head_size``.
            groups: (n,) whoever shares one is not independent, such as a family; None for nobody.
            own_scale: (n,) volume of each head itself by that on the grid; None where registration scaled none.

        Raises:
            UserError: too few people, sizes of another instrument, or as :class:`DesignFormula`.
        """
        if _SIZE in people:
            raise UserError(f"people: {_SIZE} is measured in the scans (`measured` returns it): leave it out")
        count = len(scans)
        families = np.arange(count) if groups is None else np.asarray(groups)
        learning = self._learning(scans, people, families, own_scale)
        self.learned_, _ = learn(
            learning, no_reader="none was asked for", seed=self.seed, knots_mm=self.knots_mm, formula=self.formula
        )
        self.covariates_ = self.learned_.edit.design.covariates
        return self

    def measured(
        self, scans: np.ndarray, people: pd.DataFrame, own_scale: ArrayLike | None = None
    ) -> pd.DataFrame:
        """Return people with a column ``head_size`` in mL, as measured in their scans; ``own_scale`` as in
        :meth:`fit`.
        """
        check_is_fitted(self)
        learning = self._learning(scans, people, np.arange(len(scans)), own_scale)
        return people.assign(**{_SIZE: measured_covariates(self.learned_.edit, learning).head_size})

    def predict(self, scans: np.ndarray, people: pd.DataFrame, to: Mapping[str, Any]) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans whose people become ``to``: new values by covariate.

        Args:
            scans: (n, X, Y, Z) on the grid.
            people: who they are, as in :meth:`fit`; or as :meth:`measured` returns them, which people whose heads
                registration scaled need.
            to: such as ``{"age": people["age"] + 10}``; what is not named is held.

        Raises:
            UserError: a covariate that was not learned from, or a word of one.
        """
        check_is_fitted(self)
        for name in to:
            if name not in self.covariates_:
                known = ", ".join(self.covariates_)
                raise UserError(f"{name}: expected one of the covariates learned from ({known}), found another")
        known_people = people if _SIZE in people else self.measured(scans, people)
        before, after = (self._covariates(each) for each in (known_people, known_people.assign(**to)))
        return self.learned_.edit.predicted_change(np.asarray(scans, np.float32), before, after)

    def edit(self, scans: np.ndarray, people: pd.DataFrame, to: Mapping[str, Any]) -> np.ndarray:
        """Return the edited scans (n, X, Y, Z), 0 or brighter; arguments and errors as of :meth:`predict`."""
        edited: np.ndarray = np.clip(np.asarray(scans, np.float32) + self.predict(scans, people, to), 0, None)
        return edited

    def save(self, path: Path) -> None:
        """Write the fitted model, which :meth:`load` and `brainaging edit` read."""
        check_is_fitted(self)
        save(self.learned_, path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return a model that :meth:`save` or `brainaging directions` wrote.

        Raises:
            UserError: no such file, or no edit in it.
        """
        learned = load(path)
        design = learned.edit.design
        text = " + ".join(design.adjusted) if design.formula is None else design.formula.text
        model = cls(text, grid=learned.edit.grid.name, knots_mm=learned.edit.alignment.lattice.knots_mm)
        model.learned_ = learned
        model.covariates_ = design.covariates
        return model

    def _learning(
        self, scans: np.ndarray, people: pd.DataFrame, families: np.ndarray, own_scale: ArrayLike | None
    ) -> LearningScans:
        grid, volumes = get_grid(self.grid), np.asarray(scans, np.float32)
        if volumes.ndim != 4 or volumes.shape[1:] != grid.shape:
            raise UserError(f"scans: expected (n, {grid.shape}) of {grid.name}, found {volumes.shape}")
        if len(people) != len(volumes):
            raise UserError(f"people: expected a row for each of {len(volumes)} scans, found {len(people)}")
        table = people.reset_index(drop=True)
        scale = np.ones(len(volumes)) if own_scale is None else np.asarray(own_scale, float)
        return LearningScans(volumes, grid, *_age_and_sex(table), families, scale, table)

    def _covariates(self, people: pd.DataFrame) -> Covariates:
        table = people.reset_index(drop=True)
        age, male = _age_and_sex(table)
        return replace(Covariates(age, male, table[_SIZE].to_numpy(float)), more=table)


def _age_and_sex(people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return years (n,) and 0 or 1 (n,) for F or M.

    Raises:
        UserError: a column is missing, or holds something else.
    """
    for name in (_AGE, _SEX):
        if name not in people:
            raise UserError(f"people: expected a column {name!r}, found {', '.join(map(str, people.columns))}")
    strange = sorted(set(map(str, people[_SEX])) - {"F", "M"})
    if strange:
        raise UserError(f"sex: expected F or M, found {strange[0]!r}")
    age = pd.to_numeric(people[_AGE], errors="coerce").to_numpy(float)
    if not np.isfinite(age).all():
        raise UserError(f"age: expected years of everybody, found {int((~np.isfinite(age)).sum())} gaps")
    return age, (people[_SEX] == "M").to_numpy(float)
