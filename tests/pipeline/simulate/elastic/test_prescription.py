"""What is prescribed: rates by person and structure, sexes, cohorts, and the mean from an age on."""

import numpy as np
import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.elastic.clocks import Linear
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES
from brainaging.pipeline.simulate.elastic.prescription import (
    Atrophy,
    Person,
    SexVolumes,
    Structure,
    check_atrophy,
    growth,
)

HIPPOCAMPUS, VENTRICLES, WHITE = (NAMES.index(name) for name in ("hippocampus", "ventricles", "white matter"))


@pytest.fixture
def ageing():
    structures = {
        "hippocampus": Structure(Linear(-0.01), male_rate=0.2, per_birth_decade=0.01),
        "ventricles": Structure(Linear(0.02)),
    }
    return Atrophy(20.0, 0.1, 5.0, 10.0, -0.003, structures)


def of(ageing, age, sex=SexVolumes(), **given):
    given = {"male": False, "rates": {}, "lead": 0.0, "ventricle_lead": 0.0, **given}
    return growth(ageing, sex, Person(age, **given))


def test_before_the_onset_nothing_has_changed_and_unnamed_structures_never_do(ageing):
    assert not of(ageing, 18.0).any()
    assert of(ageing, 70.0)[WHITE] == 0


def test_rates_are_a_person_s_and_a_structure_s(ageing):
    slow, fast = of(ageing, 60.0, rates={"hippocampus": 0.5}), of(ageing, 60.0, rates={"hippocampus": 1.5})
    assert fast[HIPPOCAMPUS] == pytest.approx(3 * slow[HIPPOCAMPUS])
    assert fast[VENTRICLES] == slow[VENTRICLES] == pytest.approx(0.8)


def test_age_works_more_in_men_where_it_is_said_to(ageing):
    male, female = of(ageing, 60.0, male=True), of(ageing, 60.0)
    assert np.log(male[HIPPOCAMPUS] / female[HIPPOCAMPUS]) == pytest.approx(0.2)
    assert male[VENTRICLES] == female[VENTRICLES]


def test_a_sex_has_half_of_the_difference_at_any_age(ageing):
    sex = SexVolumes({"white matter": 0.04})
    for age in (20.0, 60.0):
        assert of(ageing, age, sex, male=True)[WHITE] == pytest.approx(0.02)
        assert of(ageing, age, sex)[WHITE] == pytest.approx(-0.02)


def test_leads_are_years_and_birth_counts_whatever_the_age(ageing):
    assert of(ageing, 60.0, lead=5.0)[HIPPOCAMPUS] == pytest.approx(of(ageing, 65.0)[HIPPOCAMPUS])
    assert of(ageing, 60.0, lead=5.0)[VENTRICLES] == of(ageing, 60.0)[VENTRICLES]
    assert of(ageing, 20.0, birth_decades=2.0)[HIPPOCAMPUS] == pytest.approx(0.02)


def test_from_an_age_on_a_person_goes_at_the_mean_rate(ageing):
    rates = {"hippocampus": 2.0}
    now, mean = of(ageing, 50.0, rates=rates), of(ageing, 60.0, rates=rates, mean_rate_from=50.0)
    assert mean[HIPPOCAMPUS] - now[HIPPOCAMPUS] == pytest.approx(-0.1 * np.exp(-0.1))


def test_unknown_structures_and_large_ratios_are_refused(ageing):
    with pytest.raises(UserError, match="unknown structure 'hippocampi'; expected frontal cortex"):
        check_atrophy(
            Atrophy(20.0, 0.1, 5.0, 10.0, 0.0, {"hippocampi": Structure(Linear(0.0))}), SexVolumes(), "x"
        )
    with pytest.raises(UserError, match=r"x.sex.log_ratios.caudate: expected -0.5 to 0.5, got 3"):
        check_atrophy(ageing, SexVolumes({"caudate": 3.0}), "x")
