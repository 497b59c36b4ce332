"""The FreeSurfer-like table: global measures taken on the simulated tissue, regional ones from a factor model."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.simulate.causes import Cause
from brainaging.pipeline.simulate.families import inherited
from brainaging.pipeline.simulate.scenario import Scenario

HEAD_EXPONENT = {"Thck": 0.1, "Area": 0.7, "GrayVol": 0.8, "Vol": 0.7}
"""How a measure scales with intracranial volume: less than geometry says (1/3, 2/3, 1, 1), as real tables do.
Rounded, a choice of this world."""
SPREAD = {"Thck": 0.05, "Area": 0.11, "GrayVol": 0.11, "Vol": 0.12}
"""SD of a measure's logarithm at equal head size, sex and age. Rounded, a choice of this world."""
REFERENCE_ML = 1500.0
"""Intracranial volume at which a measure has its level."""
VERTICES_PER_MM2 = 1.55
"""FreeSurfer's surfaces hold about this many vertices a square millimetre."""


@dataclass(frozen=True)
class Planted:
    """One drawn column: its mean ``level``, kind of ``measure``, and effects in SDs (age: over ten years)."""

    column: str
    measure: str
    level: float
    sex: float
    age: float


@lru_cache(maxsize=1)
def planted_columns() -> tuple[Planted, ...]:
    """Return the columns of the factor model with their effects before the scenario's scale."""
    text = (files("brainaging.pipeline.simulate") / "freesurfer.yaml").read_text(encoding="utf-8")
    regions: dict[str, Any] = yaml.safe_load(text)

    def one(prefix: str, name: str, measure: str, level: float) -> Planted:
        effects = regions["planted"][measure]
        sex, age = (float(effects[cause].get(name, 0.0)) for cause in ("sex", "age"))
        return Planted(f"FS_{prefix}{name}_{measure}", measure, float(level), sex, age)

    columns = [one(f"{side}_", name, "Vol", volume) for side in "LR" for name, volume in regions["sides"].items()]
    columns += [one("", name, "Vol", volume) for name, volume in regions["middle"].items()]
    for measure, part in (("Thck", 0), ("Area", 1)):
        columns += [
            one(f"{side}_", name, measure, values[part])
            for side in "LR"
            for name, values in regions["cortex"].items()
        ]
    return tuple(columns)


@lru_cache(maxsize=8)
def _loadings(factors: int) -> np.ndarray:
    # the population's, not the cohort's: another seed draws other people from the same one
    rng = generator(0, "table loadings", factors)
    loadings = rng.standard_normal((len(planted_columns()), factors))
    normal: np.ndarray = loadings / np.linalg.norm(loadings, axis=1, keepdims=True)
    return normal


def regional_measures(scenario: Scenario, seed: int, cause: Cause) -> dict[str, float]:
    """Return thickness (mm), area (mm²), grey volume and structure volumes (mm³) of one subject by HCP's names.

    A column's z-score sums inherited factors, the planted sex and age effects and noise; its logarithm is the
    z-score times the measure's spread plus an allometric term in head size. A region's grey volume is its area
    times its thickness.
    """
    table, columns = scenario.table, planted_columns()
    factors = inherited(scenario.families, seed, "table factors", cause.member, table.factors)
    noise = generator(seed, "table noise", cause.member.person).standard_normal(len(columns))
    shared = np.sqrt(table.factor_share) * (_loadings(table.factors) @ factors)
    z = shared + np.sqrt(1 - table.factor_share) * noise
    sign = 0.5 if cause.sex == "M" else -0.5
    decades = cause.rate * (cause.age - scenario.ageing.onset) / 10
    values: dict[str, float] = {}
    for column, score in zip(columns, z, strict=True):
        score += table.sex * column.sex * sign + table.age * column.age * decades
        size = HEAD_EXPONENT[column.measure] * np.log(cause.head_size / REFERENCE_ML)
        values[column.column] = float(column.level * np.exp(SPREAD[column.measure] * score + size))
    for column in columns:
        if column.measure == "Area":
            region = column.column.removesuffix("_Area")
            values[f"{region}_GrayVol"] = values[column.column] * values[f"{region}_Thck"]
            values[f"{region}_NumVert"] = float(round(values[column.column] * VERTICES_PER_MM2))
    return values


def global_measures(volumes: dict[str, float]) -> dict[str, float]:
    """Return HCP's global columns in mm³ from the true tissue ``volumes`` in mL of a rendering."""
    mm3 = {name: value * 1e3 for name, value in volumes.items()}
    tissue = mm3["grey"] + mm3["white"]
    tentorium = tissue - mm3["cerebellum"]
    return {
        "FS_InterCranial_Vol": mm3["brain"],
        "FS_BrainSeg_Vol": tissue + mm3["ventricles"],
        "FS_BrainSeg_Vol_No_Vent": tissue,
        "FS_LCort_GM_Vol": mm3["left_cortex"],
        "FS_RCort_GM_Vol": mm3["right_cortex"],
        "FS_TotCort_GM_Vol": mm3["cortex"],
        "FS_SubCort_GM_Vol": mm3["grey"] - mm3["cortex"] - mm3["cerebellum"],
        "FS_Total_GM_Vol": mm3["grey"],
        "FS_SupraTentorial_Vol": tentorium + mm3["ventricles"],
        "FS_SupraTentorial_Vol_No_Vent": tentorium,
        "FS_L_WM_Vol": mm3["left_white"],
        "FS_R_WM_Vol": mm3["right_white"],
        "FS_Tot_WM_Vol": mm3["white"],
        "FS_Mask_Vol": mm3["brain"],
        "FS_BrainSegVol_eTIV_Ratio": (tissue + mm3["ventricles"]) / mm3["brain"],
        "FS_L_LatVent_Vol": mm3["left_ventricles"],
        "FS_R_LatVent_Vol": mm3["right_ventricles"],
        "FS_L_Cerebellum_Cort_Vol": mm3["left_cerebellum"],
    }


def freesurfer_row(scenario: Scenario, seed: int, cause: Cause, volumes: dict[str, float]) -> dict[str, float]:
    """Return every FS_ column of one subject (volumes in mm³, thickness in mm, areas in mm²)."""
    return {**global_measures(volumes), **regional_measures(scenario, seed, cause)}


def planted_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """Return what the table's truth is: for each drawn column its effects in SDs and its head-size exponent."""
    return [
        {
            "column": column.column,
            "sex_sd": scenario.table.sex * column.sex,
            "age_sd_per_decade": scenario.table.age * column.age,
            "spread": SPREAD[column.measure],
            "head_size_exponent": HEAD_EXPONENT[column.measure],
        }
        for column in planted_columns()
    ]
