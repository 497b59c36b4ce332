"""Group differences: what is planted comes back in its size, and what is held stays out."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.maps.measure_differences import region_table
from brainaging.pipeline.stats.encodings import Subjects

FEW = {"permutations": 99, "replicates": 60, "seed": 0}


def difference(made, name):
    table = region_table(made.values, made.columns, made.subjects, **FEW)
    return table[table["comparison"] == name].set_index("column")


def test_planted_differences_come_back_in_standard_deviations(plant_table, planted_in):
    made = plant_table(n=400, sex=1.0, age=2.0)
    for cause, name, size in (("sex", "sex_given_head_size", 1.0), ("age", "age_given_sex_and_head_size", 0.5)):
        rows = difference(made, name)
        mine = rows["structure"].isin(planted_in[cause])
        spread = made.values[:, mine.to_numpy()].std(axis=0) / 0.1
        # age's effect is planted over forty years, the table's is per decade
        np.testing.assert_allclose(rows.loc[mine, "value"] * spread, size, atol=0.35 * size)
        assert (rows.loc[mine, "p_fwe"] <= 0.05).all()
        assert (rows.loc[~mine, "p_fwe"] > 0.05).mean() > 0.9
        assert (rows["ci_low"] < rows["value"]).all()
        assert (rows["value"] < rows["ci_high"]).all()


def test_what_head_size_makes_of_sex_goes_when_head_size_is_held(plant_table):
    made = plant_table(n=300, size=1.5)
    raw, adjusted = difference(made, "sex"), difference(made, "sex_given_head_size")
    assert (raw["p_fwe"] <= 0.05).mean() > 0.8
    assert (adjusted["p_fwe"] <= 0.05).mean() < 0.1
    assert adjusted["value"].abs().mean() < 0.5 * raw["value"].abs().mean()


def test_means_are_in_the_measures_own_unit_and_never_of_a_handful(plant_table):
    made = plant_table(n=100)
    sex = made.subjects.sex.copy()
    sex[:] = "F"
    sex[:5] = "M"
    table = region_table(made.values, made.columns, replace(made.subjects, sex=sex), **FEW)
    assert set(table["comparison"]) >= {"mean", "mean_F", "mean_26-30"}
    assert "mean_M" not in set(table["comparison"])
    mean = table[table["comparison"] == "mean"].set_index("column")["value"]
    np.testing.assert_allclose(mean, made.values.mean(axis=0))


def test_the_means_intervals_take_relatives_for_one_and_gaps_for_nothing(plant_table):
    made = plant_table(n=100)
    twice = np.repeat(np.arange(100), 2)
    fields = ("sex", "age_bracket", "groups", "head_size")
    doubled = Subjects(*(getattr(made.subjects, name)[twice] for name in fields))
    values = made.values.copy()
    values[:, 0] = np.nan
    wide = []
    for table, subjects in ((values, made.subjects), (values[twice], doubled)):
        rows = region_table(table, made.columns, subjects, permutations=1, replicates=300, seed=0)
        mean = rows[rows["comparison"] == "mean"]
        assert mean["value"].isna().tolist() == [True] + [False] * 23
        wide.append((mean["ci_high"] - mean["ci_low"]).to_numpy()[1:])
    # everybody counted twice, in the same families: nobody is known better
    np.testing.assert_allclose(wide[0], wide[1])


def test_a_cause_that_another_tells_wholly_is_not_asked_given_that_other(plant_table):
    made = plant_table(n=80, sex=2.0)
    brackets = np.where(made.subjects.sex == "M", "22-25", "26-30")
    table = region_table(
        made.values, made.columns, replace(made.subjects, age_bracket=brackets, age_years=None), **FEW
    )
    rows = set(table["comparison"])
    assert {"sex", "age"} <= rows
    assert not rows & {"sex_given_head_size", "age_given_sex_and_head_size"}


def test_brackets_stand_in_where_years_are_unknown(plant_table):
    made = plant_table(n=200, age=3.0)
    subjects = replace(made.subjects, age_years=None)
    table = region_table(made.values, made.columns, subjects, **FEW)
    assert set(table.loc[table["comparison"] == "age", "per"]) == {"bracket step"}


@pytest.mark.parametrize("n", [2, 6])
def test_too_few_people_or_one_sex_make_no_difference_and_no_error(plant_table, n):
    made = plant_table(n=60)
    few = Subjects(*(getattr(made.subjects, name)[:n] for name in ("sex", "age_bracket", "groups", "head_size")))
    assert region_table(made.values[:n], made.columns, few, **FEW).empty
    one = replace(made.subjects, sex=np.full(60, "F"))
    rows = set(region_table(made.values, made.columns, one, **FEW)["comparison"])
    assert not {name for name in rows if name.startswith("sex")}
