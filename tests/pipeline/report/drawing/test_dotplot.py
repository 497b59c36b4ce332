"""Dots with intervals: every mark inside its axis, no number rounded into another place."""

import math

import pytest

from brainaging.pipeline.report.drawing.dotplot import baseline_value, blocks, is_hollow, limits, nice_step
from brainaging.pipeline.results import Difference, Measured


def test_every_finding_is_drawn_inside_its_axis(findings_of):
    measured = [one for one in findings_of["scans"] if isinstance(one, Measured)]
    drawn = blocks(measured)
    assert sum(len(block.lines) for block in drawn) == len(measured)
    for block in drawn:
        places = [place for place, _ in block.ticks]
        assert places[0] == 0 and places[-1] == 100
        labels = [label for _, label in block.ticks if label]
        assert len(set(labels)) == len(labels) >= 2 and labels[-1] == block.high
        for line in block.lines:
            marks = (line.mark.value, line.mark.low, line.mark.high, line.mark.baseline, line.mark.original)
            assert all(0 <= place <= 100 for place in marks if place is not None)
            assert float(line.exact) == line.finding.value


def test_small_errors_are_shown_in_a_power_of_ten_that_the_caption_names(prober):
    (block,) = blocks([prober(value=0.000853, half=0, metric="mse", baseline="pca", baseline_value=0.0009)])
    assert "10⁻⁴" in block.caption
    assert (block.lines[0].value, block.lines[0].baseline_value) == ("8.53", "9.00")


def test_a_baseline_far_outside_is_pointed_at_and_squeezes_nothing(prober):
    (block,) = blocks([prober(value=0.009, half=0.001, metric="mse", baseline="pca", baseline_value=0.24)])
    mark = block.lines[0].mark
    assert mark.baseline is None and mark.beyond == "right" and mark.high - mark.low > 50


def test_limits_of_one_value_and_of_none(prober):
    low, high = limits([prober(half=0)])
    assert low < 0.9 < high
    assert limits([]) == (0.0, 1.0)
    assert math.isnan(baseline_value(prober(Difference, contrast="model", reference="knn")))


@pytest.mark.parametrize(("span", "step"), [(1.0, 0.2), (0.9, 0.2), (7.0, 2.0), (30.0, 10.0)])
def test_steps_are_round(span, step):
    assert nice_step(span) == pytest.approx(step)


def test_what_shows_nothing_is_hollow(prober):
    assert is_hollow(prober(baseline="majority", baseline_value=0.9))
    assert not is_hollow(prober(baseline="majority", baseline_value=0.5))
    spans = {"contrast": "features", "reference": "voxels", "features": "latents", "codes": 1000}
    assert is_hollow(prober(Difference, 0.0, **spans))


def test_families_have_captions_and_modalities_names(prober):
    first, second = blocks([prober(), prober(target="age_years", metric="bracket_distance")], several=True)
    assert first.caption == "Scores from 0 to 1; higher is better"
    assert first.lines[0].source == " from T1w voxels"
    assert second.lines[0].subject == "Age in years"
    (alone,) = blocks(
        [prober(Difference, 0.1, contrast="model", reference="knn", target="age_years", metric="mae")]
    )
    assert alone.caption == "Difference in mean absolute error (years)"
