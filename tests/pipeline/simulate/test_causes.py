"""Who is in a cohort: the confound of age and sex, head sizes, families."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import draw_causes
from brainaging.pipeline.simulate.scenario import BirthCohort


@pytest.fixture(scope="module")
def many(scenario):
    return draw_causes(scenario, seed=1)


def test_brackets_and_male_shares_meet_the_scenario(scenario, many):
    assert len(many) == 1113
    for bracket in scenario.ages:
        here = [cause for cause in many if cause.bracket == bracket.label]
        assert len(here) / len(many) == pytest.approx(bracket.share, abs=0.004)
        males = sum(cause.sex == "M" for cause in here)
        assert abs(males - bracket.male * len(here)) <= 2
        assert all(bracket.low <= cause.age < bracket.high for cause in here)


def test_head_size_is_log_normal_with_the_scenario_s_ratio(scenario, many):
    logs = {sex: np.log([cause.head_size for cause in many if cause.sex == sex]) for sex in "FM"}
    assert np.exp(logs["M"].mean() - logs["F"].mean()) == pytest.approx(scenario.head_size.male_ratio, abs=0.02)
    for sex in "FM":
        assert logs[sex].std() == pytest.approx(scenario.head_size.sd, abs=0.006)
        assert np.corrcoef(logs[sex], [cause.age for cause in many if cause.sex == sex])[0, 1] < 0.15


def test_twins_share_age_and_identical_ones_sex(many):
    pairs: dict[int, list] = {}
    for cause in many:
        if cause.member.kind != "sibling":
            pairs.setdefault(cause.member.pair, []).append(cause)
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    assert len(whole) > 50
    assert all(first.age == second.age for first, second in whole)
    assert all(first.sex == second.sex for first, second in whole if first.member.kind == "mz")
    assert any(first.sex != second.sex for first, second in whole if first.member.kind == "dz")


def test_families_have_up_to_three_members_and_siblings_too(many):
    sizes = Counter(Counter(cause.member.family for cause in many).values())
    assert set(sizes) == {1, 2, 3}


def test_subject_numbers_are_unique_sorted_and_six_digits(many):
    numbers = [cause.subject for cause in many]
    assert numbers == sorted(set(numbers))
    assert all(len(number) == 6 for number in numbers)


def test_same_seed_same_people_other_seed_others(scenario):
    assert draw_causes(scenario, 5, 20) == draw_causes(scenario, 5, 20)
    assert draw_causes(scenario, 5, 20) != draw_causes(scenario, 6, 20)


def test_no_subjects_is_refused(scenario):
    with pytest.raises(UserError, match="expected at least 1, got 0"):
        draw_causes(scenario, 0, 0)


def test_warps_of_twins_are_nearer_than_siblings_than_strangers(renderer, many):
    velocity = {}

    def flat(cause):
        if cause.subject not in velocity:
            velocity[cause.subject] = renderer.individual_velocity(cause).numpy().ravel()
        return velocity[cause.subject]

    related: dict[str, list[float]] = {"mz": [], "sibling": [], "stranger": []}
    for first in many:
        for second in many:
            same_family = first.member.family == second.member.family
            if first.subject >= second.subject:
                continue
            if first.member.pair == second.member.pair and first.member.kind == "mz":
                kind = "mz"
            elif same_family and "sibling" in {first.member.kind, second.member.kind}:
                kind = "sibling"
            elif not same_family:
                kind = "stranger"
            else:
                continue
            if len(related[kind]) < 8:
                related[kind].append(float(np.corrcoef(flat(first), flat(second))[0, 1]))
    mz, sibling, stranger = (np.mean(related[kind]) for kind in ("mz", "sibling", "stranger"))
    families = renderer.scenario.families
    assert mz == pytest.approx(families.mz, abs=0.12)
    assert sibling == pytest.approx(families.sibling, abs=0.12)
    assert stranger == pytest.approx(0, abs=0.12)


def test_people_born_later_have_larger_heads_and_stay_born_then_at_another_age(scenario):
    plain = draw_causes(scenario, 3, 60)
    cohort = draw_causes(replace(scenario, birth_cohort=BirthCohort(2020.0, 1990.0, 0.02)), 3, 60)
    for before, after in zip(plain, cohort, strict=True):
        assert after.born == pytest.approx(2020 - after.age)
        larger = 0.02 * (after.born - 1990) / 10
        assert np.log(after.head_size / before.head_size) == pytest.approx(larger)
        assert after.with_values(age=80.0).born == after.born
    assert all(cause.born is None for cause in plain)
