"""importance.csv: every ranking of measures and structures, for sex and for age."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from brainaging.pipeline.maps.coefficients import coefficients
from brainaging.pipeline.maps.held_out_importance import held_out_importance
from brainaging.pipeline.maps.importance import COLUMNS, Ranked, Resampling, levels, structures, targets
from brainaging.pipeline.maps.planted_effects import Truth, mark
from brainaging.pipeline.results import Scoring
from brainaging.pipeline.runtime import counted, generator
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
    both, resampling = levels(members), Resampling(permutations, scoring.replicates, scoring.seed)
    frames = []
    asked = list(targets(plain, residual, subjects, scoring.groups))
    for target in counted(asked, "ranking measures, targets"):
        rngs = [generator(scoring.seed, "importance", target.name, level.name) for level in both]
        rankings = {
            "coefficient": coefficients(target, both, rngs, resampling),
            "permutation": held_out_importance(target, both, rngs, resampling),
        }
        frames += [
            _frame(target.name, level.name, kind, ranked[place], columns, names)
            for place, level in enumerate(both)
            for kind, ranked in rankings.items()
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
    return f"{structure} ({atlas})" if atlas in ("wmparc", "global", "dkt") else structure
