"""What a scenario plants: nothing where nothing ages, falsified scenarios fail, the same people give the same."""

from dataclasses import replace

import pytest

from brainaging.pipeline.counterfactual.score.planted_rates import planted_rates
from brainaging.pipeline.measures.population import AGE_SPANS, AgeSpan, compare_rates, read_published_rates
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import load_scenario

MIDDLE = AGE_SPANS[1]


@pytest.fixture(scope="module")
def lifespan():
    return load_scenario("lifespan")


@pytest.fixture(scope="module")
def planted(lifespan):
    return planted_rates(lifespan, 0, 1, [AgeSpan(20, 30)])


def aged(scenario, hippocampus=None, **changed):
    """Return a scenario with other ageing; ``hippocampus``: the log-Jacobian of its region in a year."""
    ageing = replace(scenario.ageing, **changed)
    if hippocampus is not None:
        others = [region for region in ageing.regions if region.name != "hippocampus"]
        (own,) = [region for region in ageing.regions if region.name == "hippocampus"]
        ageing = replace(ageing, regions=[*others, replace(own, log_jacobian=hippocampus)])
    return replace(scenario, ageing=ageing)


def failing(scenario, ages=MIDDLE):
    planted = planted_rates(scenario, 0, 2, [ages])
    rows = compare_rates(read_published_rates(), {"planted": planted}, [ages])
    return {row.structure: row.verdict("planted") for row in rows if row.fails("planted")}


def test_nothing_ages_where_nothing_is_planted(lifespan):
    still = planted_rates(aged(lifespan, ventricles=0.0, cortex=0.0, regions=[]), 0, 1, [MIDDLE])
    assert [rate.percent_a_decade for rate in still] == [0.0] * len(still)
    assert {rate.n for rate in still} == {1}


def test_the_same_people_give_the_same(lifespan, planted):
    assert planted_rates(lifespan, 0, 1, [AgeSpan(20, 30)]) == planted


def test_ventricles_grow_and_cortex_shrinks_about_as_the_scenario_says(planted):
    found = {rate.structure: rate.percent_a_decade for rate in planted}
    # 1.5 and -0.18 % a year of its own maps at 20 years, which are not aseg's
    assert 10 < found["lateral ventricles"] < 20
    assert -2 < found["cortex"] < -0.8
    assert abs(found["white matter"]) < abs(found["cortex"])


@pytest.mark.parametrize(
    ("changed", "structure", "said"),
    [
        ({"ventricles": -0.03}, "lateral ventricles", "below"),
        ({"hippocampus": -0.1}, "hippocampus", "below"),
        ({"cortex": 0.006, "ventricles": 0.0}, "whole brain", "above"),
    ],
    ids=["ventricles shrink", "hippocampus loses a quarter a decade", "the brain grows"],
)
def test_a_falsified_scenario_fails(lifespan, changed, structure, said):
    assert failing(aged(lifespan, **changed))[structure] == said


def test_a_scenario_of_young_adults_has_young_ages_alone():
    rates = planted_rates(load_scenario("hcp-ya"), 0, 1)
    assert {rate.ages for rate in rates} == {AgeSpan(22, 37)}


def test_effects_that_fold_everybody_are_refused(lifespan):
    with pytest.raises(UserError, match="rendered at 60 and 80 years, found all 1 folded"):
        planted_rates(aged(lifespan, hippocampus=-0.5), 0, 1, [AGE_SPANS[2]])
