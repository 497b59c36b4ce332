"""importance.csv: every ranking of every target, by column and by structure."""

import pytest

from brainaging.pipeline.maps.importance import COLUMNS
from brainaging.pipeline.maps.importance_table import importance_table
from brainaging.pipeline.maps.measure_differences import region_table
from brainaging.pipeline.maps.planted_effects import Truth
from brainaging.pipeline.results import Scoring
from brainaging.pipeline.stats.table_spaces import table_spaces


@pytest.fixture(scope="module")
def ranking(plant_table, planted_in):
    made = plant_table(n=60, sex=3.0)
    scoring = Scoring("toy", "table", 0, made.groups, 10)
    few = {"permutations": 9, "replicates": 10, "seed": 0}
    regions = region_table(made.values, made.columns, made.subjects, **few)
    effects = {name: region in planted_in["sex"] for name, region in made.columns["structure"].items()}
    truth = Truth({"sex": effects, "age": dict.fromkeys(effects, False)})
    spaces = table_spaces(made.values, made.grouped[:2])
    residual = table_spaces(
        made.values, made.grouped[:2], head_size=made.subjects.head_size, method="residualised"
    )
    return importance_table(
        spaces,
        residual,
        made.columns,
        made.subjects,
        scoring,
        permutations=9,
        differences=regions,
        truth=truth,
    )


def test_every_target_is_ranked_at_both_levels_by_every_kind(ranking):
    assert tuple(ranking.columns) == COLUMNS
    kinds = ranking.groupby("target")["kind"].unique().map(set).to_dict()
    assert kinds == {
        "sex": {"coefficient", "permutation"},
        "sex_given_head_size": {"coefficient", "permutation", "difference"},
        "age_years": {"coefficient", "permutation"},
        "age_given_sex_and_head_size": {"difference"},
    }
    sizes = ranking.groupby(["target", "level", "kind"]).size().unstack("level")
    assert (sizes["column"] == 24).all()
    assert (sizes["structure"] == 12).all()


def test_planted_measures_are_marked_and_the_largest_difference_stands_for_a_structure(ranking, planted_in):
    sexed = ranking[(ranking["target"] == "sex") & (ranking["level"] == "structure")]
    assert set(sexed.loc[sexed["planted"] == "yes", "structure"]) == set(planted_in["sex"])
    assert set(ranking.loc[ranking["target"] == "age_years", "planted"]) == {"no"}
    differences = ranking[(ranking["kind"] == "difference") & (ranking["target"] == "sex_given_head_size")]
    columns = differences[differences["level"] == "column"]
    largest = columns.assign(value=columns["value"].abs()).groupby("structure")["value"].max().to_dict()
    whole = differences[differences["level"] == "structure"].set_index("structure")["value"].abs().to_dict()
    assert whole == pytest.approx(largest)
