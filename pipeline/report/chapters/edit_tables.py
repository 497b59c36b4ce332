"""What was measured of edits, in three tables an edit: a method a row, a metric a column, with 95 % intervals."""

import math

import pandas as pd

from brainaging.pipeline.report.phrases import metric, number, title, word
from brainaging.pipeline.report.sections import Table

EDITS, DIRECTIONS, JUDGE = "edits", "directions", "edit_judge"
PEOPLE = "differences between people of a cohort who differ in age, sex or head size, not a person's future"
#: what a flawless method would have, said under each metric's name
_BEST = {
    "correlation": "1 is best",
    "norm_ratio": "1 is best",
    "slope_error": "0 is best",
    "ventricle_ratio": "1 is best",
    "head_size_drift": "the true drift is best",
    "head_size_drift_f": "the true drift is best",
    "head_size_drift_m": "the true drift is best",
    "judge_agreement": "1 is best",
    "reversibility_error": "0 is best",
    "identity": "1 is best",
    "composition_error": "0 is best",
}
#: these know what a method cannot: they bound what can be reached
_KNOWING = ("mean_true_map", "scenario_oracle", "nothing")
#: in a table of their own, below what an edit is judged by first
_LAWS = (
    "head_size_drift_f",
    "head_size_drift_m",
    "identity",
    "composition_error",
    "reversibility_error",
)
_WHOM = ("correlation_f", "correlation_m", "correlation_to_40", "correlation_40_to_60", "correlation_from_60")
_CAPTION = (
    "{edit}: every method, on scans that it did not learn from, with 95 % intervals. {knowing}These are " + PEOPLE
)
_WHOM_CAPTION = "{edit}: the same correlation in women and men, as they were before the edit, and in spans of age"
_LAWS_CAPTION = (
    "{edit}, the laws of an edit: heads change as they truly do, the person stays the same among all others, an "
    "edit by nothing is nothing, and the way back undoes the way there"
)
_DIRECTIONS = (
    "The angle between the direction of age and that of sex, as a cosine: 0 where they have nothing in common. "
    "Where older people of a cohort are more often of one sex, directions fitted without covariates lean towards "
    "each other."
)


def edit_facts(results: pd.DataFrame | None) -> list[tuple[str, str]]:
    """Return what the section says first: what an edit is, on how many it was measured, what came closest."""
    facts = [("What an edit shows", PEOPLE)]
    rows = _of(results, EDITS)
    tested, learned = (pd.to_numeric(rows[name], errors="coerce").max() for name in ("n_test", "n_train"))
    if tested > 0 and learned > 0:
        facts.append(("Measured on", f"{int(tested)} held-out scans, learned from {int(learned)} others"))
    judge = [
        f"{word(str(row['target']))}: {metric(str(row['metric'])).name} {_cell(row)}"
        for _, row in _of(results, JUDGE).iterrows()
    ]
    if judge:
        facts.append(("The independent judge, on held-out scans", "; ".join(judge)))
    fair = rows[(rows["metric"] == "correlation") & ~rows["model"].isin(_KNOWING)]
    for edit, mine in fair.groupby("features", sort=False):
        best = mine.sort_values("value", kind="stable").iloc[-1]
        said = f"{word(best['model'])}: correlation {_cell(best)}"
        facts.append((f"Closest to the true change ({word(str(edit))})", said))
    return facts


def edit_tables(results: pd.DataFrame | None) -> list[Table]:
    """Return a table for every edit that has rows, and one of the directions' angle where it was measured."""
    tables = []
    for edit, rows in _of(results, EDITS).groupby("features", sort=False):
        knowing = [f"“{title(word(name))}”" for name in _KNOWING[:2] if name in set(rows["model"])]
        said = f"Made from the truth, to show what can be reached: {' and '.join(knowing)}. " if knowing else ""
        law, whom = rows["metric"].isin(_LAWS), rows["metric"].isin(_WHOM)
        parts = ((~law & ~whom, _CAPTION), (whom, _WHOM_CAPTION), (law, _LAWS_CAPTION))
        for chosen, caption in parts:
            part = rows[chosen]
            if len(part):
                caption = caption.format(edit=title(word(str(edit))), knowing=said) + "."
                headings = ["method", *(_heading(name) for name in dict.fromkeys(part["metric"]))]
                tables.append(Table(caption, headings, _body(part)))
    angles = _of(results, DIRECTIONS)
    if len(angles):
        models = list(dict.fromkeys(angles["model"]))
        body = []
        for keys, mine in angles.groupby(["features", "target", "metric"], sort=False):
            features, target, name = (str(part) for part in keys)
            label = ", ".join(part for part in (word(features), word(target), metric(name).name) if part)
            body.append([label, *(_first(mine[mine["model"] == model]) for model in models)])
        tables.append(Table(_DIRECTIONS, ["measure", *(title(word(model)) for model in models)], body))
    return tables


def _of(results: pd.DataFrame | None, experiment: str) -> pd.DataFrame:
    if results is None:
        columns = ["features", "model", "metric", "value", "baseline", "baseline_value", "n_train", "n_test"]
        return pd.DataFrame(columns=columns)
    rows = results[results["experiment"] == experiment].copy()
    for name in ("value", "ci_low", "ci_high", "baseline_value"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce")
    return rows[rows["value"].notna()]


def _heading(name: str) -> str:
    return f"{metric(name).name} ({_BEST[name]})" if name in _BEST else metric(name).name


def _body(rows: pd.DataFrame) -> list[list[str]]:
    """Return a row a method in the file's order, and where baselines are given, a last row with them."""
    metrics = list(dict.fromkeys(rows["metric"]))
    body = [
        [title(word(str(model))), *(_first(mine[mine["metric"] == name]) for name in metrics)]
        for model, mine in rows.groupby("model", sort=False)
    ]
    given = rows[rows["baseline_value"].notna()]
    if len(given):
        body.append(["Baseline", *(_baselines(given[given["metric"] == name]) for name in metrics)])
    return body


def _baselines(rows: pd.DataFrame) -> str:
    said = {
        f"{_number(float(row['baseline_value']), str(row['metric']))} ({word(str(row['baseline']))})": None
        for _, row in rows.iterrows()
    }
    return "; ".join(said) or "–"


def _first(rows: pd.DataFrame) -> str:
    return _cell(rows.iloc[0]) if len(rows) else "–"


def _cell(row: pd.Series) -> str:
    name = str(row["metric"])
    text = _number(float(row["value"]), name)
    if not (math.isnan(row["ci_low"]) or math.isnan(row["ci_high"])):
        text += f" ({_number(float(row['ci_low']), name)} to {_number(float(row['ci_high']), name)})"
    return text


def _number(value: float, name: str) -> str:
    return number(value, metric(name).family)
