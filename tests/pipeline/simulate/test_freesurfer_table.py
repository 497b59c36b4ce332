"""The FreeSurfer-like table: planted effects come back, names and units are HCP's."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.simulate.freesurfer_table import (
    HEAD_EXPONENT,
    SPREAD,
    VERTICES_PER_MM2,
    global_measures,
    planted_columns,
    planted_rows,
    regional_measures,
)


def test_planted_effects_are_the_difference_of_one_person_s_tables(scenario, causes):
    woman, man = (regional_measures(scenario, 3, causes[0].with_values(sex=sex)) for sex in "FM")
    for row in planted_rows(scenario):
        difference = np.log(man[row["column"]] / woman[row["column"]]) / row["spread"]
        assert difference == pytest.approx(row["sex_sd"], abs=1e-9), row["column"]


def test_ten_years_at_rate_one_are_the_planted_decade(scenario, causes):
    person = replace(causes[1], rate=1.0)
    young, old = (regional_measures(scenario, 3, replace(person, age=age)) for age in (25.0, 35.0))
    for row in planted_rows(scenario):
        difference = np.log(old[row["column"]] / young[row["column"]]) / row["spread"]
        assert difference == pytest.approx(row["age_sd_per_decade"], abs=1e-9)


def test_a_larger_head_scales_by_the_measure_s_exponent(scenario, causes):
    small, large = (regional_measures(scenario, 3, causes[2].with_values(head_size=ml)) for ml in (1200.0, 1800.0))
    for column in planted_columns():
        ratio = np.log(large[column.column] / small[column.column]) / np.log(1.5)
        assert ratio == pytest.approx(HEAD_EXPONENT[column.measure])


def test_spread_over_people_is_the_measure_s(scenario, causes):
    alike = [replace(cause.with_values(age=20.0, sex="F", head_size=1500.0), rate=1.0) for cause in causes]
    columns = planted_columns()
    tables = [regional_measures(scenario, 3, cause) for cause in alike]
    logs = np.log([[table[column.column] for column in columns] for table in tables])
    spread = np.array([SPREAD[column.measure] for column in columns])
    assert np.mean(logs.std(axis=0) / spread) == pytest.approx(1, abs=0.1)


def test_grey_volume_is_area_times_thickness(scenario, causes):
    values = regional_measures(scenario, 3, causes[0])
    areas = [name for name in values if name.endswith("_Area")]
    assert len(areas) == 68
    for name in areas:
        region = name.removesuffix("_Area")
        assert values[f"{region}_GrayVol"] == values[name] * values[f"{region}_Thck"]
        assert values[f"{region}_NumVert"] == round(values[name] * VERTICES_PER_MM2)


def test_global_measures_are_the_rendered_tissue_in_mm3(renderer, causes):
    values = global_measures(renderer.render(causes[0]).volumes)
    assert values["FS_InterCranial_Vol"] == pytest.approx(causes[0].head_size * 1e3, rel=1e-6)
    assert values["FS_LCort_GM_Vol"] + values["FS_RCort_GM_Vol"] == pytest.approx(values["FS_TotCort_GM_Vol"])
    assert values["FS_L_WM_Vol"] + values["FS_R_WM_Vol"] == pytest.approx(values["FS_Tot_WM_Vol"])
    assert values["FS_BrainSeg_Vol"] > values["FS_BrainSeg_Vol_No_Vent"] > values["FS_Total_GM_Vol"]
