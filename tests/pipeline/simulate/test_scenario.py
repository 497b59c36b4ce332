"""Scenarios are refused by name where they are wrong."""

import copy

import pytest
import yaml

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import load_scenario
from brainaging.pipeline.simulate.scenario import scenario_from_dict


@pytest.fixture
def plain(scenario):
    return copy.deepcopy(scenario.as_dict())


@pytest.mark.parametrize("name", ["hcp-ya", "lifespan", "lifespan-elastic", "follow-up"])
def test_shipped_scenarios_round_trip(name, tmp_path):
    scenario = load_scenario(name)
    assert scenario.name == name
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(scenario.as_dict()))
    assert load_scenario(path) == scenario


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("subject",), 3, "unknown key subject"),
        (("head_size", "sdd"), 0.1, r"head_size: unknown key sdd; expected female_ml"),
        (("head_size", "sd"), 0.9, r"head_size.sd: expected 0 to 0.15, got 0.9"),
        (("head_size", "sd"), float("nan"), r"head_size.sd: expected 0 to 0.15, got nan"),
        (("head_size", "sd"), "wide", r"head_size.sd: expected float, got 'wide'"),
        (("subjects",), True, r"subjects: expected int, got True"),
        (("ages", 0, "share"), 0.9, r"ages: shares must be positive and sum to 1, got 1.688"),
        (("ages", 0, "high"), 20, r"ages\[0\]: low 22.0 is not below high 20.0"),
        (("ages",), [], r"ages: shares must be positive and sum to 1"),
        (("families", "types"), {"cousin": 1.0}, r"unknown member 'cousin' in 'cousin'"),
        (("families", "mz"), 0.1, r"expected sibling <= dz <= mz"),
        (("sex", "regions", 0, "centre"), [1, 2], r"centre needs 3 numbers, got 2"),
        (("warp",), {"knots_mm": 3}, r"warp: expected a list"),
        (("sex",), 3, r"sex: expected a mapping, got 3"),
    ],
)
def test_what_is_wrong_is_named(plain, where, value, message):
    place = plain
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(UserError, match=message):
        scenario_from_dict(plain)


def test_a_missing_key_is_named(plain):
    del plain["ageing"]["cortex"]
    with pytest.raises(UserError, match=r"ageing: cortex is missing"):
        scenario_from_dict(plain)


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(UserError, match="'hcp': not one of follow-up, hcp-ya, lifespan, lifespan-elastic and"):
        load_scenario("hcp")


@pytest.mark.parametrize("text", ["a: [", "just words", ""])
def test_a_file_that_is_no_scenario_is_refused(tmp_path, text):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"broken\.yaml"):
        load_scenario(path)


@pytest.mark.parametrize(
    ("where", "value", "message"),
    [
        (("physics",), "plastic", r"physics: expected velocity or elastic, got 'plastic'"),
        (("physics",), "velocity", r"ageing: is of other physics than velocity"),
        (("ageing", "ventricles"), 0.01, r"ageing: unknown key ventricles; expected onset, rate_sd"),
        (
            ("ageing", "structures", "hippocampi"),
            {"clock": {"kind": "linear", "per_year": 0}},
            "unknown structure",
        ),
        (
            ("ageing", "structures", "hippocampus", "clock", "kind"),
            "cubic",
            r"hippocampus.clock.kind: expected one of linear, quadratic, late, logistic, got 'cubic'",
        ),
        (
            ("ageing", "structures", "caudate", "clock", "width"),
            3,
            r"caudate.clock: unknown key width; expected per_year, kind",
        ),
        (("ageing", "structures", "caudate", "rate_sd"), 3, r"caudate.rate_sd: expected 0 to 1, got 3"),
        (("sex", "log_ratios", "caudate"), 3, r"sex.log_ratios.caudate: expected -0.5 to 0.5, got 3"),
        (("lesions", "depth"), 3, r"lesions.depth: expected 0 to 1.5, got 3"),
        (("scanner_curves",), {"grey_sd": 0.1}, r"scanner_curves: fluid_sd is missing"),
        (("proportions", "sd"), 1, r"proportions.sd: expected 0 to 0.08, got 1"),
        (("birth_cohort", "scanned"), 1066, r"birth_cohort.scanned: expected 1900 to 2100, got 1066"),
    ],
)
def test_what_is_wrong_with_elastic_physics_is_named(where, value, message):
    plain = copy.deepcopy(load_scenario("lifespan-elastic").as_dict())
    place = plain
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    with pytest.raises(UserError, match=message):
        scenario_from_dict(plain)


def test_a_scenario_of_velocities_says_nothing_of_what_it_does_not_ask_for(scenario):
    optional = {"physics", "birth_cohort", "proportions", "lesions", "scanner_curves"}
    assert not optional & set(scenario.as_dict())
    assert "physics" in load_scenario("lifespan-elastic").as_dict()
