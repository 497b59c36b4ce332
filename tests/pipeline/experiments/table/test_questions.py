"""All questions at once on cohorts that lack what a question needs: rows that say why, and no error."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.experiments.table.analyse import analyse_morphometry
from brainaging.pipeline.stats.encodings import Subjects

FIELDS = ("sex", "age_bracket", "groups", "head_size", "age_years")

pytestmark = pytest.mark.usefixtures("small_forests")


def ask(made, subjects, out):
    n = len(subjects)
    rows = np.arange(n)
    folds = [(rows[rows % 3 != part], rows[rows % 3 == part]) for part in range(min(3, n))]
    table = SimpleNamespace(
        values=made.values[:n].astype(np.float32),
        names=list(made.columns.index),
        morphometry=SimpleNamespace(columns=made.columns),
        cohort=SimpleNamespace(table=pd.DataFrame({"site": [""] * n})),
    )
    few = {"permutations": 9, "replicates": 10}
    return analyse_morphometry(table, subjects, folds, folds, [], out, cohort_name="toy", **few)


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_a_handful_of_people_is_no_error_and_files_are_written(plant_table, tmp_path, n):
    made = plant_table(n=60)
    found = ask(made, Subjects(*(getattr(made.subjects, name)[:n] for name in FIELDS)), tmp_path)
    assert not found.empty
    assert {path.name for path in tmp_path.iterdir()} >= {"importance.csv", "regions.csv"}


def test_without_head_sizes_sex_stands_beside_the_commonest_sex(plant_table, tmp_path):
    made = plant_table(n=36)
    found = ask(made, replace(made.subjects, head_size=np.full(36, np.nan)), tmp_path)
    sex = found[(found["target"] == "sex") & (found["features"] == "table") & (found["metric"] == "accuracy")]
    assert set(sex["baseline"]) == {"majority"}
    assert sex["baseline_value"].notna().all()
    assert set(sex["split"]) == {"grouped", "random"}


def test_one_sex_or_no_age_says_why(plant_table, tmp_path):
    made = plant_table(n=36)
    nobody = replace(
        made.subjects, sex=np.full(36, "F"), age_bracket=np.full(36, "22-25"), age_years=np.full(36, 24.0)
    )
    found = ask(made, nobody, tmp_path)
    for target in ("sex", "age_bracket", "age_years"):
        models = found.loc[found["target"] == target, "model"].astype(str)
        assert models.str.contains("not computed").any(), target
