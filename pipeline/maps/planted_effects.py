"""Does a ranking find what was planted? Precision at k and average precision, on a simulated cohort's table.

Ranked are the columns that were drawn, whose planted effects are exactly known; those measured on the simulated
tissue (ventricles, totals) follow from the images and are left out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from brainaging.pipeline.results import Finding, RankingPrecision, Scoring
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.unreadable import found_in

_EFFECTS = {"sex": "sex_sd", "age": "age_sd_per_decade"}
#: the cause that a ranking's target asks about
_CAUSES = {
    "sex": "sex",
    "sex_given_head_size": "sex",
    "age_years": "age",
    "age_bracket": "age",
    "age_band": "age",
    "age_given_sex_and_head_size": "age",
}
#: columns computed from drawn ones: volume is area times thickness, vertices go with area
_DERIVED = {"GrayVol": ("Area", "Thck"), "NumVert": ("Area",)}


@dataclass(frozen=True)
class Truth:
    """What was planted: for each drawn or derived column, whether sex and age change it."""

    planted: dict[str, dict[str, bool]]

    @classmethod
    def read(cls, path: Path) -> "Truth":
        """Read ``truth/table_effects.csv``. Raises UserError where it is not one."""
        try:
            frame = pd.read_csv(path).set_index("column")
            effects = {cause: frame[name].astype(float) for cause, name in _EFFECTS.items()}
        except (OSError, ValueError, KeyError) as error:
            raise UserError(
                f"{path}: expected the columns column, {', '.join(_EFFECTS.values())}, found {found_in(error)}"
            ) from error
        planted = {
            cause: {str(name): bool(size != 0) for name, size in sizes.items()} for cause, sizes in effects.items()
        }
        for changed in planted.values():
            regions = {name.rpartition("_")[0] for name in changed if name.endswith("_Area")}
            for region in regions:
                for suffix, sources in _DERIVED.items():
                    changed[f"{region}_{suffix}"] = any(
                        changed.get(f"{region}_{source}", False) for source in sources
                    )
        return cls(planted)

    def of(self, target: str) -> dict[str, bool]:
        """Return column to planted or not, for a target of :data:`_CAUSES`."""
        return self.planted[_CAUSES[target]]


def mark(importance: pd.DataFrame, truth: Truth | None, members: dict[str, list[str]]) -> pd.DataFrame:
    """Return the importance table with ``planted`` filled: "yes", "no", or "" where nobody knows.

    ``members`` gives the columns of each structure's name; a structure is planted where one of its columns is.
    """
    if truth is None:
        return importance.assign(planted="")

    def planted(row: "pd.Series[str]") -> str:
        effects = truth.of(row["target"])
        names = [row["name"]] if row["level"] == "column" else members[row["name"]]
        drawn = [effects[name] for name in names if name in effects]
        return "" if not drawn else "yes" if any(drawn) else "no"

    return importance.assign(planted=[planted(row) for _, row in importance.iterrows()])


def ranking_precision(marked: pd.DataFrame, scoring: Scoring, people: int) -> list[Finding]:
    """Return precision at k (k: how many are planted) and average precision of every ranking, beside chance.

    Args:
        marked: an importance table with columns target, level, kind, value, planted.
        scoring: cohort, modality and seed.
        people: how many the rankings are made from.
    """
    findings: list[Finding] = []
    for (target, level, kind), part in marked.groupby(["target", "level", "kind"], sort=False):
        part = part[(part["planted"] != "") & part["value"].notna()]
        planted = (part["planted"] == "yes").to_numpy()
        if not planted.any() or planted.all():
            continue
        importance = part["value"].to_numpy(dtype=float)
        # a coefficient counts by its size; a loss that falls when a measure is shuffled is the least importance
        size = importance if kind == "permutation" else np.abs(importance)
        k = int(planted.sum())
        first = np.argsort(-size, kind="stable")[:k]
        values = {
            "precision_at_k": float(planted[first].mean()),
            "average_precision": float(average_precision_score(planted, size)),
        }
        findings += [
            RankingPrecision(
                **scoring.common("importance", people, 0),
                target=str(target),
                model=str(kind),
                level=str(level),
                k=k,
                metric=metric,
                value=value,
                baseline="chance",
                baseline_value=float(planted.mean()),
            )
            for metric, value in values.items()
        ]
    return findings
