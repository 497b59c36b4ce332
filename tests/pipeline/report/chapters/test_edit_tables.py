"""What was measured of edits: three tables an edit, and facts from and on whom."""

import pytest

from brainaging.pipeline.report.brain_sentences import SHARED_MODEL
from brainaging.pipeline.report.chapters.edit_tables import edit_facts, edit_tables
from brainaging.pipeline.results import DirectionCosine, EditScore, NotComputed, Score

ABOUT = {"cohort": "c", "n_train": 400, "n_test": 100}


def score(model, metric, value, half=0.1, **fields):
    about = ABOUT | {"experiment": "edits", "edit": "age+10"} | fields
    ends = {"ci_low": value - half, "ci_high": value + half} if half else {}
    return EditScore(**about, **ends, model=model, metric=metric, value=value)


@pytest.fixture
def findings():
    """Return scores of two edits, one without intervals, and how well the reader reads."""
    reader = {"model": "linear_reader", "features": "voxels_given_head_size", "metric": "accuracy", "value": 0.9}
    return [
        score("deformation", "correlation", 0.8, baseline="no_change", baseline_value=0.0),
        score("deformation", "norm_ratio", 0.9),
        score("voxel_regression", "correlation", 0.6),
        score("scenario_oracle", "correlation", 1.0),
        score("deformation", "correlation", 0.4, 0, edit="sex_and_head_size"),
        Score(experiment="edit_readers", **ABOUT | {"n_train": 130}, target="sex", **reader),
        NotComputed(experiment="edits", cohort="c", reason="no memory"),
    ]


def test_every_edit_has_a_table_with_a_method_a_row(findings):
    age, sex = edit_tables(findings)
    assert age.caption.startswith("Age, 10 years on:") and "“The simulation's own mean fields”" in age.caption
    assert "not a person's future" in age.caption
    assert age.head == [
        "method",
        "correlation with the true change (1 is best)",
        "size of the change by the true one's (1 is best)",
    ]
    assert age.rows == [
        ["Deformation", "0.800 (0.700 to 0.900)", "0.900 (0.800 to 1.00)"],
        ["Voxelwise regression", "0.600 (0.500 to 0.700)", "–"],
        ["The simulation's own mean fields", "1.000 (0.900 to 1.100)", "–"],
        ["Baseline", "0.000 (no change at all)", "–"],
    ]
    assert sex.caption.startswith("Sex, with head size:") and sex.rows == [["Deformation", "0.400"]]


def test_facts_say_from_whom_was_learned_and_what_the_truth_shares(findings):
    facts = dict(edit_facts(findings))
    assert facts["Closest to the true change (age, 10 years on)"].startswith("deformation: correlation 0.800")
    assert facts["The reader of edited brains, on held-out scans"] == (
        "sex: accuracy 0.900. Learned from 130 people whom the edit did not learn from, tested on 100 others"
    )
    assert facts["Measured on"] == "100 held-out scans, learned from 400 others"
    assert facts["What a score by the truth says"] == SHARED_MODEL
    assert facts["Not computed"] == "no memory"


def test_of_real_people_there_is_no_truth_to_speak_of():
    assert list(dict(edit_facts([score("deformation", "head_size_drift", 0.1)]))) == [
        "What an edit shows",
        "Measured on",
    ]
    assert edit_tables([]) == []


def test_laws_and_for_whom_it_holds_stand_in_tables_of_their_own():
    findings = [
        score("deformation", "correlation", 0.8),
        score("deformation", "correlation", 0.7, people="F"),
        score("deformation", "correlation", 0.6, people="from_60"),
        score("deformation", "head_size_drift", 0.1, people="M"),
        score("deformation", "reversibility_error", 0.06, baseline="no_error", baseline_value=0.0),
    ]
    first, people, laws = edit_tables(findings)
    assert [len(table.head) for table in (first, people, laws)] == [2, 3, 3]
    assert people.caption.startswith("Age, 10 years on: the same in women and men")
    assert people.head[1:] == [
        "correlation with the true change, women",
        "correlation with the true change, 60 and older",
    ]
    assert laws.caption.startswith("Age, 10 years on, the laws")
    assert laws.head[1:] == ["drift of head size, men", "left after there and back, by the change (0 is best)"]
    assert laws.rows[-1] == ["Baseline", "–", "0.00 (no error)"]


def test_the_angle_of_directions_has_a_table():
    about = {"experiment": "directions", "encoder": "pca", "metric": "cosine_age_sex", **ABOUT}
    cosines = [
        DirectionCosine(**about, covariates=name, value=value)
        for name, value in (("age_sex", 0.02), ("none", -0.3))
    ]
    (table,) = edit_tables(cosines)
    assert table.head == ["measure", "Given age and sex", "Without covariates"]
    assert table.rows == [["PCA, cosine of the directions of age and sex", "0.020", "−0.300"]]
