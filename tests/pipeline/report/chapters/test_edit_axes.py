"""The report's table of axes: a system a row with intervals; instruments beside it; few groups are said."""

from brainaging.pipeline.report.chapters.edit_axes import axes_facts, axes_tables
from brainaging.pipeline.results import EditScore, InstrumentScore

COMMON = {"experiment": "edits", "cohort": "c", "edit": "age+10"}


def score(model, metric, value, **more):
    return EditScore(**COMMON, model=model, metric=metric, value=value, **more)


def test_systems_are_rows_and_axes_columns():
    findings = [
        score("true_change", "axis_skill", 1.0),
        score("no_change", "axis_skill", -1e-9),
        score("deformation", "axis_skill", 0.5, ci_low=0.4, ci_high=0.6),
        score("predictions", "axis_size", 0.7, system="theirs"),
        score("deformation", "correlation", 0.9),
        InstrumentScore(
            **COMMON, instrument="registration", structure="left caudate", metric="instrument_slope", value=0.25
        ),
        InstrumentScore(
            **COMMON, instrument="registration", structure="all", metric="instrument_slope", value=0.75
        ),
    ]
    systems, instruments = axes_tables(findings)
    assert systems.head == ["system", "size of maps", "skill of maps"]
    assert [row[0] for row in systems.rows] == ["The true change", "No change at all", "Deformation", "theirs"]
    assert systems.rows[2][2] == "0.50 (0.40 to 0.60)"
    assert systems.rows[2][1] == "–"
    assert systems.rows[1][2] == "0.00"
    assert [row[1] for row in instruments.rows] == ["structures, all", "left caudate"]
    assert axes_tables([score("deformation", "correlation", 0.9)]) == []


def test_few_families_are_said():
    assert axes_facts([score("deformation", "axis_skill", 0.5, n_groups=12)]) == []
    ((what, text),) = axes_facts([score("deformation", "axis_skill", 0.5, n_groups=4)])
    assert "rough" in what
    assert "4 families" in text
