"""What a terminal shows of people followed over time."""

from datetime import date

from rich.console import Console

from brainaging.pipeline.cli.work.followup_tables import followup_lines, followup_tables
from brainaging.pipeline.data.visits import Timeline, TimelineVisit
from brainaging.pipeline.results import FollowUpScore, NotComputed


def score(metric, value, features="ventricles", model="deformation", **fields):
    where = {"edit": "second_session", "n_test": 20, "n_train": 30} | fields
    common = {"experiment": "follow_up", "cohort": "people", "features": features, "model": model}
    return FollowUpScore(metric=metric, value=value, **common, **where)


FINDINGS = [
    score("error_by_no_change", 0.91, "voxels", baseline="retest", baseline_value=0.77),
    score("change_mae", 0.52, ci_low=0.4, ci_high=0.61, baseline="retest", baseline_value=0.31),
    score("change_mae", 0.9, model="no_change", baseline="retest", baseline_value=0.31),
    score("interval_coverage", 0.95, model="personal_rate", ci_low=0.85, ci_high=0.99),
    score("interval_width", 2.25, model="personal_rate"),
    score("people_needed", 112.0, baseline="no_change"),
    score("people_needed", float("inf"), baseline="voxel_regression"),
    NotComputed(
        experiment="follow_up", cohort="people", target="image", features="", model="", metric="", reason="why"
    ),
]
FIRST, AGAIN, LATER = (
    TimelineVisit(row, f"ses-{row}", age, day)
    for row, age, day in ((0, 60.0, date(2010, 1, 1)), (1, 60.0, date(2010, 1, 1)), (2, 62.5, date(2012, 7, 1)))
)
PEOPLE = [Timeline("sub-a", (FIRST, LATER), ((FIRST, AGAIN),)), Timeline("sub-b", (FIRST,))]


def test_a_table_a_session_with_its_floor():
    console = Console(width=200, record=True, file=None)
    with console.capture() as shown:
        for table in followup_tables(FINDINGS):
            console.print(table)
    text = shown.get()
    assert "Second session, from the first: 20 people, learned from 30 others" in text
    assert "0.52 (0.40, 0.61)" in text
    floor = next(line for line in text.splitlines() if "floor" in line)
    assert "0.77" in floor
    assert "0.31" in floor


def test_lines_say_who_was_followed_what_intervals_hold_and_the_power():
    lines = followup_lines(PEOPLE, FINDINGS)
    assert lines[0].startswith("2 people: 1 with two sessions or more, 0 with three, 2.5 years apart")
    assert lines[0].endswith("1 pairs of retests (1 on one day)")
    assert any("95 % (85 % to 99 %) held of 20, 2.25 wide" in line.replace("%", " %") for line in lines)
    assert any(
        line.endswith("no change at all, second session, from the first, ventricles: 112 (there are 20)")
        for line in lines
    )
    assert any(line.endswith("no number is enough, they do not differ") for line in lines)
    assert "not computed: why" in lines
