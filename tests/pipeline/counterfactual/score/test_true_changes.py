"""Who has a counterfactual that cannot be rendered is left out before anything is learned, and costs no score."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import counterfactuals, renderable
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import Cause, Renderer, draw_causes, load_scenario
from brainaging.transforms import get_grid


def of_ages(cortex: float, *ages: float) -> tuple[Truth, list[str]]:
    """Return the truth about people of some ages whose cortex shrinks as fast as told, and their names."""
    scenario = load_scenario("lifespan")
    scenario = replace(scenario, ageing=replace(scenario.ageing, cortex=cortex))
    drawn = draw_causes(scenario, 0, len(ages))
    causes = {one.subject: one.with_values(age=age) for one, age in zip(drawn, ages, strict=True)}
    return Truth(Renderer(scenario, 0, 6.0), causes, get_grid("t1w_32")), list(causes)


def test_who_would_fold_is_left_out_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    truth, subjects = of_ages(-0.006, 25.0, 88.0)
    np.testing.assert_array_equal(renderable(EDITS, truth, subjects), [True, False])
    assert "1 of 2 held-out people are not scored" in caplog.text


def test_who_can_be_rendered_stays_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    truth, subjects = of_ages(-0.0018, 25.0, 60.0)
    assert renderable(EDITS, truth, subjects).all()
    # how far it is, it may say where the machine is busy
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_nobody_left_is_a_mistake_said_in_one_line() -> None:
    truth, subjects = of_ages(-0.006, 88.0, 89.0)
    with pytest.raises(UserError, match="all 2 held-out people fold"):
        renderable(EDITS, truth, subjects)


def test_counterfactuals_change_what_is_asked_and_nothing_else() -> None:
    truth, subjects = of_ages(-0.0018, 30.0, 50.0)
    before = truth.of(subjects)

    def become(number: int) -> list[Cause]:
        return counterfactuals(EDITS[number], truth, subjects, 1.1)[0]

    for one, older, other, resized in zip(before, become(0), become(2), become(3), strict=True):
        assert older == one.with_values(age=one.age + 10)
        assert {one.sex, other.sex} == {"F", "M"}
        assert other == one.with_values(sex=other.sex)
        ratio = resized.head_size / one.head_size
        assert ratio == pytest.approx(1.1 if resized.sex == "M" else 1 / 1.1)
