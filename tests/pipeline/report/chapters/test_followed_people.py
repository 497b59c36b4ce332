"""The chapter on people followed over time: every number in a table, the figure's arrays checked."""

import numpy as np
import pytest

from brainaging.pipeline.report.chapters.followed_people import followed_content, followed_tables
from brainaging.pipeline.results import FollowUpScore
from brainaging.pipeline.runtime import UserError


def score(metric, value, **fields):
    return FollowUpScore(
        experiment="follow_up",
        cohort="people",
        edit=fields.pop("edit", "second_session"),
        model=fields.pop("model", "deformation"),
        metric=metric,
        value=value,
        n_test=20,
        n_train=30,
        **fields,
    )


FINDINGS = [
    score("error_by_no_change", 0.91, ci_low=0.9, ci_high=0.93, baseline="retest", baseline_value=0.77),
    score("error_by_no_change", 1.0, model="no_change", baseline="retest", baseline_value=0.77),
    score("correlation", 0.41),
    score("interval_coverage", 0.94, features="ventricles", model="personal_rate", edit="own_rate"),
    score("people_needed", 112.0, features="ventricles", baseline="no_change"),
    score("people_needed", float("inf"), baseline="voxel_regression"),
]


@pytest.fixture
def arrays():
    brain = np.zeros((12, 12, 12))
    brain[3:9, 3:9, 3:9] = 0.8
    changes = dict.fromkeys(("observed", "deformation"), 0.1 * brain)
    return {"mask": brain > 0, "scan": brain, "years": np.array(2.5), **changes}


def test_every_number_stands_in_a_table():
    cells = [cell for table in followed_tables(FINDINGS) for row in table.rows for cell in row]
    for text in ("0.910 (0.900 to 0.930)", "0.410", "0.940", "112", "no number", "0.770"):
        assert any(text in cell for cell in cells), text


def test_the_figure_shows_what_was_observed_beside_the_methods(arrays):
    content = followed_content(arrays, FINDINGS)
    assert "observed, deformation" in content.figures[0].panels[0].picture.alt
    assert "2.5 years" in content.figures[0].caption
    assert content.facts[0] == ("Measured on", "20 people who were followed, learned from 30 others")


@pytest.mark.parametrize(("name", "message"), [("scan", "missing scan"), ("observed", "missing observed")])
def test_a_missing_array_is_named(arrays, name, message):
    del arrays[name]
    with pytest.raises(UserError, match=message):
        followed_content(arrays)


def test_an_array_of_another_shape_is_named(arrays):
    arrays["deformation"] = np.zeros((3, 3, 3))
    with pytest.raises(UserError, match=r"deformation expected shape \(12, 12, 12\), found \(3, 3, 3\)"):
        followed_content(arrays)
