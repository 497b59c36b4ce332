"""What every ranking of measures shares: targets, features of two levels, intervals that hold for all at once.

Neighbouring regions, both hemispheres and several measures of one region carry the same information, so a single
column's importance is shared out among them: the structure, all its columns together, is the level to read.
Intervals and p are corrected for the number of features: intervals hold for all features at once (max-t bootstrap
over families), and p comes from the largest statistic over all features under relabelling by whole families.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainaging.pipeline.stats.encodings import Subjects
from brainaging.pipeline.stats.sample_space import FoldSpace

COLUMNS = (
    "target",
    "level",
    "name",
    "structure",
    "hemisphere",
    "measure",
    "atlas",
    "kind",
    "value",
    "ci_low",
    "ci_high",
    "p_fwe",
    "planted",
)


@dataclass(frozen=True)
class Ranked:
    """Importance of the features of one level by one method: value, simultaneous interval and family-wise p."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


def structures(columns: pd.DataFrame) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Return the structures (atlas, structure), hemispheres together, and each column's number among them (p,)."""
    keys = list(zip(columns["atlas"], columns["structure"], strict=True))
    names = sorted(set(keys))
    return names, np.array([names.index(key) for key in keys])


@dataclass(frozen=True)
class Target:
    """What is predicted from a table, and of whom.

    Attributes:
        name: as in :data:`COLUMNS`.
        spaces: folds of standardised columns.
        labels: (n,) class names ("" unknown) or years (NaN unknown).
        scores: (n,) the labels as numbers (−½ and ½, years, bracket's place); NaN where unknown.
        groups: (n,) group of every row: relabelling and bootstrap move whole groups.
    """

    name: str
    spaces: Sequence[FoldSpace]
    labels: np.ndarray
    scores: np.ndarray
    groups: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Rows whose label is known (k,)."""
        return np.flatnonzero(np.isfinite(self.scores))

    @property
    def can_be_ranked(self) -> bool:
        """Whether four people or more are known, who differ."""
        return len(self.known) >= 4 and float(np.nanstd(self.scores)) > 0


@dataclass(frozen=True)
class Level:
    """What is ranked: single columns, or structures, all their columns together.

    Attributes:
        name: "column" or "structure".
        members: (p,) feature of each column: 0…p−1 for columns.
        is_single: whether features are columns.
    """

    name: str
    members: np.ndarray
    is_single: bool


@dataclass(frozen=True)
class Resampling:
    """How often labels are permuted and families drawn with replacement; the seed of the latter."""

    permutations: int
    replicates: int
    seed: int


def levels(members: np.ndarray) -> tuple[Level, Level]:
    """Return columns and structures of a table, ``members`` (p,) as :func:`structures` gives."""
    return Level("column", np.arange(len(members)), True), Level("structure", members, False)


def targets(
    plain: Sequence[FoldSpace], residual: Sequence[FoldSpace], subjects: Subjects, groups: np.ndarray
) -> list[Target]:
    """Return sex, sex given head size where ``residual`` knows it, and age: years where known, else brackets.

    Args:
        plain: folds of standardised columns.
        residual: the same with head size taken out; empty where it is not known.
        subjects: who the rows are.
        groups: (n,) group of every row.

    Targets of which fewer than four people are known, or who are all alike, are left out.
    """
    sex = np.asarray(subjects.sex, dtype=str)
    coded = np.select([sex == "M", sex == "F"], [0.5, -0.5], np.nan)
    every = [Target("sex", plain, sex, coded, groups)]
    if residual:
        every.append(Target("sex_given_head_size", residual, sex, coded, groups))
    years, ages = subjects.years, subjects.age_group
    if np.isfinite(years).any():
        every.append(Target("age_years", plain, years, years, groups))
    else:
        order = {name: float(place) for place, name in enumerate(np.unique(ages[ages != ""]))}
        steps = np.array([order.get(name, np.nan) for name in ages])
        every.append(Target("age_bracket", plain, ages, steps, groups))
    return [target for target in every if target.can_be_ranked]


def simultaneous(value: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 95 % intervals (f,), (f,) that hold for all features at once, from bootstrap draws (f, r).

    value ± q · SE, where q is the 95th percentile over draws of the largest |draw − mean| / SE (Romano and Wolf
    2005).
    """
    error = draws.std(axis=1, ddof=1)
    usable = error > 1e-12
    if not usable.any():
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    away = np.abs(draws[usable] - draws[usable].mean(axis=1, keepdims=True)) / error[usable, None]
    reach = np.quantile(away.max(axis=0), 0.95) * error
    return value - reach, value + reach
