"""On every axis no change has 0 and the truth 1, half of it lies between, and twice as much scores less."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.score.axes.axis_scorer import CONTROLS, AxisScorer, System
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, SEXED
from brainaging.pipeline.results import AXES, Scoring

OF = {"age+10": set(AXES) - {"axis_sex_read"}, "sex": set(AXES) - {"axis_age_read"}}
#: what has no size: a change in the right place is there whatever its size
SIZELESS = {"axis_correlation"}


@pytest.fixture(scope="module")
def scorer(tiny_task) -> AxisScorer:
    return AxisScorer(tiny_task, Scoring("tiny", "T1w", 0, tiny_task.groups, 50))


@pytest.fixture(scope="module", params=[AGED, SEXED], ids=lambda edit: edit.name)
def scale(request, scorer):
    """Return the controls' scores by axis and share of the true change, and the edit."""
    found = {}
    for finding in scorer.controls(request.param):
        found[finding.metric, CONTROLS[finding.model]] = finding.value
    return request.param.name, found


def test_no_change_has_nothing_and_the_truth_all_on_every_axis(scale):
    edit, found = scale
    assert {axis for axis, _ in found} == OF[edit]
    for axis in OF[edit]:
        assert found[axis, 0.0] == pytest.approx(0, abs=1e-9), axis
        assert found[axis, 1.0] == pytest.approx(1, abs=1e-9), axis


def test_half_of_the_truth_lies_between_and_twice_as_much_is_worse_than_the_truth(scale):
    edit, found = scale
    for axis in OF[edit] - SIZELESS:
        assert 0.2 < found[axis, 0.5] < 0.9, axis
        assert found[axis, 2.0] < 0.97, axis
    assert found["axis_correlation", 0.5] == pytest.approx(1, abs=1e-4)


def test_noise_of_the_right_size_is_no_skill_and_what_should_not_change_is_marked_down(scorer, tiny_task):
    change = tiny_task.change(tiny_task.true["age+10"])
    noise = np.random.default_rng(0).standard_normal(change.shape)
    noise *= np.sqrt(np.square(change).mean() / np.square(noise).mean())
    findings = scorer.score(AGED, System("predictions", "noise", 7), (tiny_task.scans + noise).astype(np.float32))
    found = {finding.metric: finding for finding in findings}
    assert found["axis_size"].value > 0.8
    assert found["axis_skill"].value < -0.5
    assert found["axis_correlation"].value < 0.1
    assert found["axis_untouched"].value < 0.3
    size = found["axis_size"]
    assert (size.system, size.n_train, size.n_groups, size.n_test) == ("noise", 7, 4, 4)
    assert (size.baseline, size.baseline_value) == ("true_change", 1.0)


def test_mirrored_changes_are_worse_than_none(scorer, tiny_task):
    change = tiny_task.change(tiny_task.true["age+10"])
    findings = scorer.score(AGED, System("predictions", "back"), (tiny_task.scans - change).astype(np.float32))
    found = {finding.metric: finding.value for finding in findings}
    for axis in ("axis_correlation", "axis_skill", "axis_structure_slopes", "axis_ventricles", "axis_age_read"):
        assert found[axis] < 0, axis
    assert found["axis_untouched"] == pytest.approx(0, abs=1e-6)


def test_the_score_s_own_instrument_recovers_true_changes_better_than_the_other(scorer):
    for edit in (AGED, SEXED):
        found = {
            (f.instrument, f.structure): f.value for f in scorer.validation(edit) if f.metric == "instrument_skill"
        }
        assert found["registration", "all"] > max(0.3, found["tissue_share", "all"])
        assert found["registration", "those seen"] > 0.6
        # one row a structure, of the score's own instrument alone
        assert ("registration", "left lateral ventricle") in found
        assert ("tissue_share", "left lateral ventricle") not in found
    slope = next(
        f.value
        for f in scorer.validation(AGED)
        if (f.structure, f.metric) == ("left lateral ventricle", "instrument_slope")
    )
    assert 0.5 < slope < 1.2


def test_readers_stand_in_the_validation_and_without_them_there_is_no_axis(scorer, tiny_task):
    read = {f.instrument for edit in (AGED, SEXED) for f in scorer.validation(edit) if not f.structure}
    assert read == {"age_reader", "sex_reader"}
    blind = AxisScorer(replace(tiny_task, readings=None, no_readings="few"), scorer.scoring)
    found = {finding.metric for finding in blind.score(AGED, System("no_change"), tiny_task.scans)}
    assert found == OF["age+10"] - {"axis_age_read"}
    assert not [f for f in blind.validation(AGED) if not f.structure]
