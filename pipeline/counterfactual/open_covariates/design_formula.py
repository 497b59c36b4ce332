"""Columns of a design that a formula adds to age, sex and head size: splines, interactions, other covariates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from formulaic import Formula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Term
from pandas.api.types import is_numeric_dtype

from brainaging.pipeline.counterfactual.open_covariates.formula_terms import formula_terms, named
from brainaging.pipeline.runtime import UserError

#: what every design is of, by a plain term's name
BASE = ("age", "sex", "head_size")
#: by how much a column may differ when half of the people are left out, of its standard deviation: rounding.
#: Sensitivity: none, a knot at a quantile moves a spline by percents
_SAME = 1e-6


@dataclass(frozen=True)
class DesignFormula:
    """The terms of a formula beside the plain ones of :data:`BASE`, as they were fitted.

    A column is what the formula makes of people, less what the base design says of it, in standard deviations: the
    base keeps its meaning, and an added term says what it adds.

    Attributes:
        text: the formula.
        base: of :data:`BASE`, the plain terms in it.
        bends: whether a term of age alone stands in it, so that the base need not bend.
        levels: of covariates that are words, the words.
        names: (k,) of the columns.
        explained: (q, k) weights of the base design's columns in each.
        scale: (k,) standard deviation of what is left.
    """

    text: str
    base: tuple[str, ...]
    bends: bool
    levels: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    explained: np.ndarray | None = None
    scale: np.ndarray | None = None

    @classmethod
    def of(cls, text: str, people: pd.DataFrame) -> "DesignFormula":
        """Return a formula that is to be fitted.

        Args:
            text: such as ``age + sex + head_size + age:sex + site``.
            people: a row a person: ``age`` in years, ``sex`` as −½ and ½, ``head_size`` in mL, and the others.

        Raises:
            UserError: as :func:`formula_terms`; it names what is no column, or a column with gaps.
        """
        terms = formula_terms(text)
        plain = {str(term) for term in terms}
        wanted = _named(terms)
        for name in wanted:
            if name not in people:
                there = ", ".join(map(str, people.columns))
                raise UserError(f"formula {text!r}: expected a covariate of the people ({there}), found {name!r}")
        words = [name for name in wanted if not is_numeric_dtype(people[name])]
        levels = {name: tuple(sorted(map(str, people[name].dropna().unique()))) for name in words}
        alone = [term for term in terms if str(term) not in BASE]
        bends = any(_named([term]) == ["age"] for term in alone)
        found = cls(text, tuple(name for name in BASE if name in plain), bends, levels)
        found._checked(people)
        return found

    def fitted(self, people: pd.DataFrame, base: np.ndarray) -> "DesignFormula":
        """Return the formula fitted to people whose base design is ``base`` (n, q).

        Raises:
            UserError: a term remembers who it was fitted to, or tells nothing beside the others.
        """
        columns = self._columns(people)
        self._without_memory(people, columns)
        values = columns.to_numpy(float)
        explained = np.linalg.lstsq(base, values, rcond=None)[0]
        left = values - base @ explained
        scale = left.std(axis=0)
        size = np.maximum(values.std(axis=0), np.finfo(float).tiny)
        if len(scale) and np.linalg.matrix_rank(np.hstack([base, left / size])) < base.shape[1] + len(scale):
            raise UserError(
                f"formula {self.text!r}: expected terms that differ, found one that the others say already: "
                f"{', '.join(columns.columns)}"
            )
        names = tuple(map(str, columns.columns))
        return DesignFormula(self.text, self.base, self.bends, self.levels, names, explained, scale)

    def matrix(self, people: pd.DataFrame, base: np.ndarray) -> np.ndarray:
        """Return (n, k), the added columns of people whose base design is ``base`` (n, q).

        Raises:
            UserError: a covariate is missing, or a word that was not learned from.
        """
        if self.explained is None or self.scale is None:
            raise UserError(f"formula {self.text!r}: expected a fitted one, found one that is not")
        columns = self._columns(people)
        result: np.ndarray = (columns.to_numpy(float) - base @ self.explained) / self.scale
        return result

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates that the formula names, in the order of the alphabet."""
        return tuple(_named(formula_terms(self.text)))

    def state(self) -> dict[str, Any]:
        """Return the fitted formula as plain values and tensors, for a checkpoint."""
        return {
            "text": self.text,
            "base": list(self.base),
            "bends": self.bends,
            "levels": {name: list(words) for name, words in self.levels.items()},
            "names": list(self.names),
            "explained": torch.from_numpy(np.asarray(self.explained, float)),
            "scale": torch.from_numpy(np.asarray(self.scale, float)),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "DesignFormula":
        """Return what :meth:`state` gave; its text is checked like anybody's.

        Raises:
            UserError: as :func:`formula_terms`.
        """
        formula_terms(state["text"])
        levels = {str(name): tuple(map(str, words)) for name, words in state["levels"].items()}
        explained, scale = state["explained"].numpy(), state["scale"].numpy()
        return cls(
            state["text"],
            tuple(state["base"]),
            bool(state["bends"]),
            levels,
            tuple(state["names"]),
            explained,
            scale,
        )

    def _columns(self, people: pd.DataFrame) -> pd.DataFrame:
        """Return what the formula makes of people but for the base's plain terms, a column each."""
        frame = self._checked(people)
        try:
            # whole, so that a word's levels are coded beside the plain terms that stand with it
            with np.errstate(all="ignore"):
                made = Formula(self.text).get_model_matrix(frame, na_action="raise", context={})
        except (FormulaicError, ValueError, TypeError, ZeroDivisionError) as error:
            reason = (str(error.__cause__ or error).splitlines() or [type(error).__name__])[0]
            raise UserError(f"formula {self.text!r}: {reason}") from error
        columns = pd.DataFrame(np.asarray(made, float), columns=list(made.model_spec.column_names))
        columns = columns.drop(columns=["Intercept", *self.base])
        if not np.isfinite(columns.to_numpy()).all():
            raise UserError(
                f"formula {self.text!r}: expected finite numbers, found others in what it makes of people"
            )
        return columns

    def _checked(self, people: pd.DataFrame) -> pd.DataFrame:
        """Return the covariates that are named, words as the categories that were learned from."""
        wanted = _named(formula_terms(self.text))
        frame = pd.DataFrame(index=range(len(people)))
        for name in wanted:
            if name not in people:
                raise UserError(f"{name}: expected of everybody, for the formula {self.text!r} has it; found none")
            values = people[name].reset_index(drop=True)
            if values.isna().any():
                raise UserError(f"{name}: expected a value of everybody, found {int(values.isna().sum())} gaps")
            if name in self.levels:
                strange = sorted(set(map(str, values)) - set(self.levels[name]))
                if strange:
                    known = ", ".join(self.levels[name])
                    raise UserError(f"{name}: expected one of {known}, as was learned from, found {strange[0]!r}")
                frame[name] = pd.Categorical(values.map(str), categories=self.levels[name])
            else:
                frame[name] = values.astype(float)
        return frame

    def _without_memory(self, people: pd.DataFrame, columns: pd.DataFrame) -> None:
        """Raise UserError where a term's values hang on who else is there: it could not be made again for one."""
        for part in (slice(0, None, 2), slice(1, None, 2)):
            again = self._columns(people.iloc[part])
            whole = columns.iloc[part].reset_index(drop=True)
            off = (
                np.abs(again.to_numpy() - whole.to_numpy()).max(axis=0)
                > _SAME * columns.std().clip(lower=1).to_numpy()
            )
            if off.any():
                name = columns.columns[int(np.argmax(off))]
                raise UserError(
                    f"formula {self.text!r}: expected terms that are the same for one person as for all, found "
                    f"{name!r}: give a spline's knots and bounds, such as bs(age, knots=[40, 60], lower_bound=15, "
                    "upper_bound=95)"
                )


def base_frame(
    age: np.ndarray, male: np.ndarray, head_size: np.ndarray, more: pd.DataFrame | None
) -> pd.DataFrame:
    """Return people as a formula reads them: years, −½ and ½, mL, and their other covariates."""
    frame = pd.DataFrame({"age": age, "sex": np.asarray(male) - 0.5, "head_size": head_size})
    if more is not None:
        others = more.reset_index(drop=True)
        frame = pd.concat([frame, others[[name for name in others if name not in BASE]]], axis=1)
    return frame


def _named(terms: Iterable[Term]) -> list[str]:
    """Return the covariates of terms, sorted."""
    return sorted({name for term in terms for factor in term.factors for name in named(str(factor.expr))})
