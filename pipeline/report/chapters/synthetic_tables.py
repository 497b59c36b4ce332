"""The tables on synthetic brains: every figure of results.csv, a generator or a method a column."""

import math

import pandas as pd

from brainaging.pipeline.report.phrases import number, title, word
from brainaging.pipeline.report.sections import Table

SHORT = 500
_MEASURES = {
    "pair_ssim": "likeness of pairs (SSIM)",
    "pair_ms_ssim": "likeness of pairs (MS-SSIM)",
    "variance_ratio": "voxel variance by that of scans",
    "sd_ratio": "standard deviation by that of scans",
    "mean_ratio": "mean by that of scans",
    "wasserstein_ml": "Wasserstein distance (mL)",
    "wasserstein_ratio": "Wasserstein distance by its floor",
    "wasserstein_ml_floor": "Wasserstein distance of real brains to real ones (mL)",
    "frechet_floor": "Fréchet distance of real brains to real ones",
    "mmd_floor": "maximum mean discrepancy of real brains to real ones",
    "nearer_to_training_by_chance": "the same share by chance",
    "frechet": "Fréchet distance",
    "frechet_ratio": "Fréchet distance by its floor",
    "mmd": "maximum mean discrepancy",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "copies": "share of copies of training scans",
    "nearer_to_training": "share nearer to training than to fresh scans",
    "judge_auc": "AUC of a linear real-or-fake judge",
    "r2": "R² of the latent",
    "least_r2": "R² of the worst-found number",
    "deviation_r": "correlation of the deviation from the mean brain",
    "share_male": "share labelled male",
    "agreement": "agreement of the two judges",
    "ece": "calibration error (ECE)",
    "brier": "Brier score",
}


def synthetic_facts(results: pd.DataFrame | None) -> list[tuple[str, str]]:
    """Return what the section says first: whether labels passed the gate, and how much was judged by."""
    rows = _of(results, "gate")
    facts = []
    for generator, checks in rows.groupby("features", sort=False):
        failed = checks[checks["value"] == 0]
        said = (
            "passed the gate: its labels count"
            if failed.empty
            else f"stopped at the gate: {'; '.join(failed['baseline'])}"
        )
        facts.append((title(word(str(generator))), said))
    measured = _of(results, "fidelity")
    if len(measured):
        fresh, learned = (int(float(measured[name].iloc[0])) for name in ("n_test", "n_train"))
        said = f"{fresh} scans that no network learned from, and {learned} that did"
        if fresh < SHORT:
            said += f"; distances to fewer than {SHORT} fresh scans are rough, as in any short run"
        facts.append(("Judged by", said))
    return facts


def synthetic_tables(results: pd.DataFrame | None) -> list[Table]:
    """Return the section's tables, those that have rows."""
    found = [
        _table(
            _of(results, "judges"),
            "Classifiers and regressors on held-out scans, and their difference to linear models, same folds.",
            ("target", "features", "metric"),
            "model",
        ),
        _table(
            _of(results, "synthetic_labels"),
            "Labels. Columns are judges; rows without a generator are about held-out scans and about the "
            "generator's reconstructions of them.",
            ("features", "metric"),
            "model",
        ),
        _table(
            _of(results, "fidelity"),
            "Fidelity, diversity and privacy of made brains. The last column is what real brains give, measured "
            "in the same way.",
            ("features", "metric"),
            "model",
        ),
        _table(
            _of(results, "inversion"),
            "The inverse encoder: latents of made brains found again, and held-out scans made from their latents, "
            "beside principal components.",
            ("features", "metric"),
            "model",
        ),
        _table(
            _of(results, "head_size_audit"),
            "The mean P(male) of held-out scans, scaled about their centre.",
            ("metric",),
            "model",
        ),
    ]
    return [table for table in found if table is not None]


def _of(results: pd.DataFrame | None, experiment: str) -> pd.DataFrame:
    if results is None:
        return pd.DataFrame(columns=["features", "model", "metric", "value", "baseline"])
    rows = results[results["experiment"] == experiment].copy()
    for name in ("value", "ci_low", "ci_high", "baseline_value", "original_value"):
        rows[name] = pd.to_numeric(rows[name], errors="coerce")
    return rows[rows["value"].notna()]


def _table(rows: pd.DataFrame, caption: str, by: tuple[str, ...], columns: str) -> Table | None:
    if rows.empty:
        return None
    names = list(dict.fromkeys(rows[columns]))
    body = []
    for found, mine in rows.groupby(list(by), sort=False):
        keys = found if isinstance(found, tuple) else (found,)
        label = ", ".join(_MEASURES.get(str(part), word(str(part))) for part in keys)
        cells = [_cell(mine[mine[columns] == name]) for name in names]
        beside = mine[mine["baseline_value"].notna()]
        real = (
            f"{number(float(beside['baseline_value'].iloc[0]))} ({word(beside['baseline'].iloc[0])})"
            if len(beside)
            else "–"
        )
        body.append([label, *cells, real])
    return Table(caption, ["measure", *(title(word(name)) for name in names), "beside"], body)


def _cell(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "–"
    row = rows.iloc[0]
    text = number(float(row["value"]))
    if not (math.isnan(row["ci_low"]) or math.isnan(row["ci_high"])):
        text += f" ({number(float(row['ci_low']))} to {number(float(row['ci_high']))})"
    if not math.isnan(row["original_value"]):
        text += f"; original {number(float(row['original_value']))}"
    return text
