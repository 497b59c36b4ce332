"""Does a ranking find what was planted? Precision at k and average precision, on a simulated cohort's table.

Ranked are the columns that were drawn, whose planted effects are exactly known; those measured on the simulated
tissue (ventricles, totals) follow from the images and are left out.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError

_EFFECTS = {"sex": "sex_sd", "age": "age_sd_per_decade"}
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
                f"{path}: expected the columns column, {', '.join(_EFFECTS.values())} ({error})"
            ) from error
        planted = {
            cause: {str(name): bool(size != 0) for name, size in sizes.items()} for cause, sizes in effects.items()
        }
        for found in planted.values():
            regions = {name.rpartition("_")[0] for name in found if name.endswith("_Area")}
            for region in regions:
                for suffix, sources in _DERIVED.items():
                    found[f"{region}_{suffix}"] = any(found.get(f"{region}_{source}", False) for source in sources)
        return cls(planted)

    def of(self, target: str) -> dict[str, bool]:
        """Return column to planted or not, for "sex", "sex_given_head_size", "age_years" and so on."""
        return self.planted["sex" if target.startswith("sex") else "age"]


def mark(importance: pd.DataFrame, truth: Truth | None, members: dict[str, list[str]]) -> pd.DataFrame:
    """Return the importance table with ``planted`` filled: "yes", "no", or "" where nobody knows.

    ``members`` gives the columns of each structure's name; a structure is planted where one of its columns is.
    """
    if truth is None:
        return importance.assign(planted="")

    def told(row: "pd.Series[str]") -> str:
        known = truth.of(row["target"])
        names = [row["name"]] if row["level"] == "column" else members[row["name"]]
        drawn = [known[name] for name in names if name in known]
        return "" if not drawn else "yes" if any(drawn) else "no"

    return importance.assign(planted=[told(row) for _, row in importance.iterrows()])


def precision_rows(marked: pd.DataFrame, sheet: Sheet, people: int) -> list[Result]:
    """Return precision at k (k: how many are planted) and average precision of every ranking, beside chance.

    Args:
        marked: an importance table with columns target, level, kind, value, planted.
        sheet: cohort, modality and seed of the rows.
        people: how many the rankings are made from.
    """
    rows = []
    for (target, level, kind), part in marked.groupby(["target", "level", "kind"], sort=False):
        part = part[(part["planted"] != "") & part["value"].notna()]
        yes = (part["planted"] == "yes").to_numpy()
        if not yes.any() or yes.all():
            continue
        found = part["value"].to_numpy(dtype=float)
        # a coefficient counts by its size; a loss that falls when a measure is shuffled is the least importance
        size = found if kind == "permutation" else np.abs(found)
        k = int(yes.sum())
        first = np.argsort(-size, kind="stable")[:k]
        values = {
            f"precision_at_{k}_{level}s": float(yes[first].mean()),
            f"average_precision_{level}s": float(average_precision_score(yes, size)),
        }
        for metric, value in values.items():
            rows.append(
                Result(
                    experiment="importance_truth",
                    cohort=sheet.cohort,
                    modality=sheet.modality,
                    features="table",
                    target=str(target),
                    model=str(kind),
                    split="none",
                    metric=metric,
                    value=value,
                    baseline="chance",
                    baseline_value=float(yes.mean()),
                    n_train=people,
                    seed=sheet.seed,
                )
            )
    return rows
