"""All questions at once on cohorts that lack what a question needs: findings that say why, and no error."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.experiments.table.run import Settings, TableResults, analyse, write_figures
from brainaging.pipeline.results import NotComputed, Scoring
from brainaging.pipeline.stats.encodings import Subjects

FIELDS = ("sex", "age_bracket", "groups", "head_size", "age_years")

pytestmark = pytest.mark.usefixtures("small_forests")


def ask(made, subjects, sites=None) -> TableResults:
    n = len(subjects)
    rows = np.arange(n)
    folds = [(rows[rows % 3 != part], rows[rows % 3 == part]) for part in range(min(3, n))]
    table = SimpleNamespace(
        names=list(made.columns.index),
        morphometry=SimpleNamespace(columns=made.columns),
        cohort=SimpleNamespace(table=pd.DataFrame({"site": [""] * n if sites is None else sites})),
    )
    data = FoldedData(made.values[:n].astype(float), subjects, folds, folds)
    scoring = Scoring("toy", "table", 0, np.asarray(subjects.groups), 10)
    return analyse(data, table, scoring, Settings(permutations=9))


@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_a_handful_of_people_is_no_error_and_files_are_written(plant_table, tmp_path, n):
    made = plant_table(n=60)
    subjects = Subjects(*(getattr(made.subjects, name)[:n] for name in FIELDS))
    results = ask(made, subjects)
    assert results.findings
    write_figures(results, subjects, tmp_path, 0)
    assert {path.name for path in tmp_path.iterdir()} == {
        "importance.csv",
        "regions.csv",
        "table_pca.csv",
        "table_pca.json",
    }


def test_without_head_sizes_sex_stands_beside_the_commonest_sex(plant_table):
    made = plant_table(n=36)
    findings = ask(made, replace(made.subjects, head_size=np.full(36, np.nan))).findings
    sex = [
        row
        for row in findings
        if (row.kind, row.experiment, row.features, row.metric) == ("score", "sex", "table", "accuracy")
    ]
    assert {row.baseline for row in sex} == {"majority"}
    assert all(np.isfinite(row.baseline_value) for row in sex)
    assert {row.split for row in sex} == {"grouped", "random"}


def test_one_sex_or_no_age_says_why(plant_table):
    made = plant_table(n=36)
    nobody = replace(
        made.subjects, sex=np.full(36, "F"), age_bracket=np.full(36, "22-25"), age_years=np.full(36, 24.0)
    )
    missing = [row for row in ask(made, nobody).findings if isinstance(row, NotComputed)]
    assert {"sex", "age_bracket", "age_years"} <= {row.target for row in missing}
