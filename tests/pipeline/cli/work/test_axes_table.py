"""What a terminal shows of axes and instruments."""

import io

from rich.console import Console

from brainaging.pipeline.cli.work.axes_table import axes_table, groups_line, instrument_lines, instrument_table
from brainaging.pipeline.results import EditScore, InstrumentScore, NotComputed

COMMON = {"experiment": "edits", "cohort": "c", "edit": "sex"}


def score(model, metric, value, **more):
    return EditScore(**COMMON, model=model, metric=metric, value=value, **more)


def recovered(structure, metric, value, instrument="registration"):
    return InstrumentScore(**COMMON, instrument=instrument, structure=structure, metric=metric, value=value)


def shown(table):
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_a_row_a_system_and_a_column_an_axis_that_was_measured():
    findings = [
        score("deformation", "axis_skill", 0.714),
        score("deformation", "correlation", 0.333),
        score("predictions", "axis_skill", -0.25, system="theirs"),
        score("no_change", "axis_skill", -0.0),
        NotComputed(experiment="edits", cohort="c", reason="none"),
    ]
    text = shown(axes_table("sex", findings))
    assert "skill of maps" in text
    assert "0.71" in text
    assert "theirs" in text
    assert "0.33" not in text
    assert "-0.00" not in text
    assert not axes_table("age+10", findings).row_count


def test_instruments_say_what_they_recover_and_what_they_do_not_see():
    findings = [
        recovered("all", "instrument_slope", 0.61),
        recovered("all", "instrument_skill", 0.5),
        recovered("left caudate", "instrument_skill", -0.2),
        recovered("left putamen", "instrument_skill", 0.4),
        recovered("", "instrument_r", 0.77, "sex_reader"),
    ]
    lines = instrument_lines(findings)
    assert lines == [
        "Sex, registration to the scan, structures, all: slope on the true change 0.61, skill 0.50",
        "Sex, reader of sex: correlation with the true change 0.77",
        "Sex, not seen and so not scored: left caudate",
    ]
    text = shown(instrument_table("sex", findings))
    assert "left putamen" in text
    assert "reader" not in text


def test_few_groups_are_said_and_many_are_counted():
    few = [
        score("deformation", "axis_skill", 0.7, n_groups=4),
        score("deformation", "axis_size", 0.7, n_groups=12),
    ]
    assert (
        groups_line(few)
        == "intervals draw 4 to 12 families or anatomies: fewer than 10, so that intervals are rough"
    )
    assert groups_line(few[1:]) == "intervals draw 12 families or anatomies"
    assert groups_line([]) == ""
