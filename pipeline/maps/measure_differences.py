"""Group means and differences of every measure: raw, and with the other causes held.

A joint linear model per column, family-aware: intervals by bootstrap over families, p by Freedman and Lane's
permutation of whole families with the largest |t| over all columns (family-wise 5 %).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.runtime import counted, generator
from brainaging.pipeline.stats.bootstrap import group_weights, percentile
from brainaging.pipeline.stats.encodings import Subjects
from brainaging.pipeline.stats.exchangeability import group_orders

COLUMNS = (
    "column",
    "structure",
    "hemisphere",
    "measure",
    "atlas",
    "comparison",
    "value",
    "ci_low",
    "ci_high",
    "p_fwe",
    "n",
    "per",
    "group",
)
#: fewer are nearly persons, not a group: statistics offices suppress cells under ten (small-cell suppression)
FEWEST = 10


@dataclass(frozen=True)
class Comparison:
    """One difference: the cause that is tested, and what is held; ``per`` is the unit of the cause."""

    name: str
    cause: np.ndarray
    held: tuple[np.ndarray, ...]
    per: str


def comparisons(subjects: Subjects) -> list[Comparison]:
    """Return the differences that a cohort can tell: sex (M − F) and age, raw and with the others held.

    Age is in decades where years are known, else in steps of the public brackets.
    """
    sex = np.select([np.asarray(subjects.sex) == "M", np.asarray(subjects.sex) == "F"], [0.5, -0.5], np.nan)
    size = np.asarray(subjects.head_size, dtype=float)
    age, per = subjects.years / 10, "decade"
    if np.isfinite(age).sum() < FEWEST:
        names = np.unique(subjects.age_group[subjects.age_group != ""])
        steps = {name: float(step) for step, name in enumerate(names)}
        age = np.array([steps.get(name, np.nan) for name in subjects.age_group])
        per = "bracket step"
    every = [Comparison("sex", sex, (), "M − F"), Comparison("age", age, (), per)]
    if np.isfinite(size).any():
        held = (size, age) if np.isfinite(age).any() else (size,)
        every.append(Comparison("sex_given_head_size", sex, held, "M − F"))
        held = (sex, size) if np.isfinite(sex).any() else (size,)
        every.append(Comparison("age_given_sex_and_head_size", age, held, per))
    return [each for each in every if np.isfinite(each.cause).sum() >= FEWEST and np.nanstd(each.cause) > 0]


def region_table(
    values: np.ndarray,
    columns: pd.DataFrame,
    subjects: Subjects,
    *,
    permutations: int,
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """Return regions.csv: means by group in the measures' units, differences in standard deviations.

    Args:
        values: (n, p), NaN where missing.
        columns: what each measures, index its name (see ``data.morphometry.describe``).
        subjects: who the rows are.
        permutations: of whole families.
        replicates: bootstrap draws.
        seed: of both.
    """
    frames = [_means(values, columns, subjects, replicates, seed)]
    for comparison in counted(list(comparisons(subjects)), "comparing groups"):
        rows = np.isfinite(comparison.cause)
        for covariate in comparison.held:
            rows &= np.isfinite(covariate)
        held = [covariate[rows] for covariate in comparison.held]
        cause = comparison.cause[rows]
        if rows.sum() < FEWEST or _is_collinear(cause, held):
            continue
        effect, low, high, p = effects(
            values[rows],
            cause,
            [covariate for covariate in held if np.ptp(covariate) > 0],
            np.asarray(subjects.groups)[rows],
            permutations=permutations,
            replicates=replicates,
            seed=seed,
        )
        facts = {"comparison": comparison.name, "value": effect, "ci_low": low, "ci_high": high, "p_fwe": p}
        frames.append(_frame(columns, n=int(rows.sum()), per=comparison.per, group="", **facts))
    return pd.concat(frames, ignore_index=True)[list(COLUMNS)]


def _is_collinear(cause: np.ndarray, held: list[np.ndarray]) -> bool:
    """Whether what is held explains the cause (n,) wholly (all men in one bracket): nothing is left to test."""
    design = np.column_stack([np.ones(len(cause)), *((x - x.mean()) / (x.std() or 1.0) for x in held)])
    left = cause - design @ np.linalg.lstsq(design, cause, rcond=None)[0]
    return bool((left**2).sum() <= 1e-10 * len(cause) * max(float(np.mean(cause**2)), 1e-300))


def effects(
    values: np.ndarray,
    cause: np.ndarray,
    held: list[np.ndarray],
    groups: np.ndarray,
    *,
    permutations: int,
    replicates: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return each column's effect of ``cause`` in standard deviations (p,), its interval and family-wise p.

    Args:
        values: (n, p), NaN where missing (the column's mean is taken).
        cause: (n,) finite.
        held: covariates (n,), finite, held in the same linear model.
        groups: (n,) families.
        permutations, replicates, seed: as in :func:`region_table`.
    """
    mean, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    z = np.where(np.isnan(values), 0.0, (values - mean) / np.where(spread > 0, spread, 1.0))
    design = np.column_stack([cause, np.ones(len(cause)), *((x - x.mean()) / x.std() for x in held)])
    value = np.linalg.lstsq(design, z, rcond=None)[0][0]
    draws = np.empty((replicates, z.shape[1]))
    for draw, weight in enumerate(group_weights(groups, seed, replicates)):
        heavy = design * weight[:, None]
        normal = heavy.T @ design
        # a draw in which a group is missing cannot tell its effect
        draws[draw] = np.linalg.solve(normal, heavy.T @ z)[0] if np.linalg.cond(normal) < 1e10 else np.nan
    bounds = np.array([percentile(column) for column in draws.T])
    p = _family_wise(z, design, groups, generator(seed, "regions", len(held)), permutations)
    return value, bounds[:, 0], bounds[:, 1], p


def _family_wise(
    z: np.ndarray, design: np.ndarray, groups: np.ndarray, rng: np.random.Generator, permutations: int
) -> np.ndarray:
    """Return p (p,) by Freedman and Lane 1983: residuals given the held covariates are permuted, then refitted."""
    held = design[:, 1:]
    basis = np.linalg.qr(held)[0]
    residual = z - basis @ (basis.T @ z)
    unique = design[:, 0] - basis @ (basis.T @ design[:, 0])
    unique = unique / np.linalg.norm(unique)
    freedom = len(z) - design.shape[1]

    def statistic(rows: np.ndarray) -> np.ndarray:
        # what the held covariates explain of permuted residuals goes, as in the refitted model
        left = (rows**2).sum(axis=0) - ((basis.T @ rows) ** 2).sum(axis=0)
        along = unique @ rows
        rest = np.maximum(left - along**2, 1e-12 * len(z))
        return np.abs(along) / np.sqrt(rest / max(freedom, 1))

    observed = statistic(residual)
    largest = np.array([statistic(residual[order]).max() for order in group_orders(groups, permutations, rng)])
    return np.asarray((1 + (largest[:, None] >= observed - 1e-12).sum(axis=0)) / (1 + permutations))


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


def _means(
    values: np.ndarray, columns: pd.DataFrame, subjects: Subjects, replicates: int, seed: int
) -> pd.DataFrame:
    """Return the mean of everyone, of each sex and of each public age group of at least ten people."""
    sex, ages, groups = np.asarray(subjects.sex, dtype=str), subjects.age_group, np.asarray(subjects.groups)
    members = {"": np.ones(len(values), dtype=bool)}
    members |= {name: sex == name for name in ("F", "M")}
    members |= {str(name): ages == name for name in np.unique(ages[ages != ""])}
    frames = []
    for group, rows in members.items():
        # a mean of a handful would be nearly a person
        if rows.sum() < FEWEST:
            continue
        known, total = (~np.isnan(values[rows])).astype(float), np.nan_to_num(values[rows])
        weights = group_weights(groups[rows], seed, replicates)
        # a measure that nobody of a group has makes no mean
        value = _ratio(total.sum(axis=0), known.sum(axis=0))
        bounds = np.array([percentile(column) for column in _ratio(weights @ total, weights @ known).T])
        name = f"mean_{group}" if group else "mean"
        facts = {"comparison": name, "value": value, "ci_low": bounds[:, 0], "ci_high": bounds[:, 1]}
        frames.append(_frame(columns, n=int(rows.sum()), per="", group=group, p_fwe=np.nan, **facts))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _frame(columns: pd.DataFrame, **facts: Any) -> pd.DataFrame:
    frame = columns[["structure", "hemisphere", "measure", "atlas"]].reset_index(names="column")
    return frame.assign(**facts)
