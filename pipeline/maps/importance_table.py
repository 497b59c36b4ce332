"""importance.csv: every ranking of measures and structures, for sex and for age."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from brainaging.pipeline.maps.coefficients import coefficients, relabellings, resampled_coefficients
from brainaging.pipeline.maps.held_out_importance import fold_models, held_out
from brainaging.pipeline.maps.importance import COLUMNS, Ranked, Target, structures
from brainaging.pipeline.maps.planted_effects import Truth, mark
from brainaging.pipeline.results import Scoring
from brainaging.pipeline.runtime import generator
from brainaging.pipeline.stats.encodings import Subjects
from brainaging.pipeline.stats.sample_space import FoldSpace


def importance_table(
    plain: Sequence[FoldSpace],
    residual: Sequence[FoldSpace],
    columns: pd.DataFrame,
    subjects: Subjects,
    scoring: Scoring,
    *,
    permutations: int,
    differences: pd.DataFrame,
    truth: Truth | None,
) -> pd.DataFrame:
    """Return importance.csv: coefficients and held-out permutation importance, and the differences' sizes beside.

    Targets: "sex", "sex_given_head_size" (head size taken out of every measure in the fold), and age as
    "age_years" where years are known, else "age_bracket".

    Args:
        plain: folds of standardised columns.
        residual: the same with head size taken out; empty where it is not known.
        columns: what each column measures.
        subjects: who the rows are.
        scoring: cohort, seed, families and bootstrap draws.
        permutations: relabellings.
        differences: regions.csv, whose differences with the other causes held are ranked too.
        truth: what was planted, where that is known.
    """
    names, members = structures(columns)
    singles = np.arange(len(columns))
    frames = []
    for target in _targets(plain, residual, subjects, scoring.groups):
        if not target.can_be_ranked:
            continue
        # what both levels read is fitted once
        draws = resampled_coefficients(target, scoring.replicates, scoring.seed)
        models = fold_models(target, scoring.seed)
        for level, feature in (("column", singles), ("structure", members)):
            rng = generator(scoring.seed, "importance", target.name, level)
            orders = relabellings(target, permutations, rng)
            rankings = {
                "coefficient": coefficients(target, orders, draws, members if level == "structure" else None),
                "permutation": held_out(
                    models,
                    scoring.groups,
                    rng,
                    members=feature,
                    replicates=scoring.replicates,
                    seed=scoring.seed,
                ),
            }
            frames += [
                _frame(target.name, level, kind, ranked, columns, names) for kind, ranked in rankings.items()
            ]
    frames += _differences(differences, columns, names, members)
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(frames, ignore_index=True)
    owned: dict[str, list[str]] = {}
    for column, member in zip(columns.index, members, strict=True):
        owned.setdefault(_label(names[member]), []).append(str(column))
    return mark(table, truth, owned)[list(COLUMNS)]


def _differences(
    regions: pd.DataFrame, columns: pd.DataFrame, names: list[tuple[str, str]], members: np.ndarray
) -> list[pd.DataFrame]:
    """Return each measure's difference given the other causes, and a structure's largest, as rankings."""
    frames = []
    for target in ("sex_given_head_size", "age_given_sex_and_head_size"):
        part = regions[regions["comparison"] == target].set_index("column").reindex(columns.index)
        if part["value"].isna().all():
            continue
        numbers = (part[name].to_numpy(dtype=float) for name in ("value", "ci_low", "ci_high", "p_fwe"))
        single = Ranked(*numbers)
        frames.append(_frame(target, "column", "difference", single, columns, names))
        order = np.argsort(-np.abs(single.value), kind="stable")
        # the first of a structure's columns in the order of size
        first = np.array([order[members[order] == member][0] for member in range(len(names))])
        largest = Ranked(single.value[first], single.low[first], single.high[first], single.p[first])
        frames.append(_frame(target, "structure", "difference", largest, columns, names))
    return frames


def _targets(
    plain: Sequence[FoldSpace], residual: Sequence[FoldSpace], subjects: Subjects, groups: np.ndarray
) -> list[Target]:
    sex = np.asarray(subjects.sex, dtype=str)
    coded = np.select([sex == "M", sex == "F"], [0.5, -0.5], np.nan)
    targets = [Target("sex", plain, sex, coded, groups)]
    if residual:
        targets.append(Target("sex_given_head_size", residual, sex, coded, groups))
    years = subjects.years
    if np.isfinite(years).any():
        return [*targets, Target("age_years", plain, years, years, groups)]
    ages = subjects.age_group
    order = {name: float(place) for place, name in enumerate(np.unique(ages[ages != ""]))}
    steps = np.array([order.get(name, np.nan) for name in ages])
    return [*targets, Target("age_bracket", plain, ages, steps, groups)]


def _frame(
    target: str, level: str, kind: str, ranked: Ranked, columns: pd.DataFrame, names: list[tuple[str, str]]
) -> pd.DataFrame:
    if level == "column":
        facts = columns[["structure", "hemisphere", "measure", "atlas"]].reset_index(names="name")
    else:
        facts = pd.DataFrame(
            {
                "name": [_label(name) for name in names],
                "structure": [name[1] for name in names],
                "hemisphere": "",
                "measure": "",
                "atlas": [name[0] for name in names],
            }
        )
    numbers = {"value": ranked.value, "ci_low": ranked.low, "ci_high": ranked.high, "p_fwe": ranked.p}
    return facts.assign(target=target, level=level, kind=kind, **numbers)


def _label(name: tuple[str, str]) -> str:
    """Return a structure's name, with its atlas where several atlases use one."""
    atlas, structure = name
    return f"{structure} ({atlas})" if atlas in ("wmparc", "global") else structure
