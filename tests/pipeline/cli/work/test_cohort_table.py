"""What is shown of a cohort: everybody once, also those whose age or sex nobody knows."""

import io

import pandas as pd
from rich.console import Console

from brainaging.pipeline.cli.work.cohort_table import show_cohort
from brainaging.pipeline.data import read_cohort


def test_everybody_is_counted_once_by_sex_and_bracket(tmp_path):
    people = {"subject": [*"abcde"], "sex": ["F", "M", "F", "F", ""], "age": ["22", "25", "31.5", "29", ""]}
    pd.DataFrame(people).to_csv(tmp_path / "people.csv", index=False)
    console = Console(width=120, record=True, file=io.StringIO())
    show_cohort(read_cohort(tmp_path / "people.csv", scans=False), console)
    text = console.export_text()
    assert text.startswith("people: 5 people\nsplits keep together: 5 subjects\n")
    rows = [line.strip("│ ").split() for line in text.splitlines() if line.startswith("│")]
    counts = {bracket: [int(cell) for cell in cells if cell.isdigit()] for bracket, *cells in rows}
    assert {bracket: sum(numbers) for bracket, numbers in counts.items()} == {
        "20-29": 3,
        "30-39": 1,
        "unknown": 1,
    }


def test_sessions_are_scans_of_fewer_subjects_and_families_known_of_some_are_said_so(tmp_path):
    (tmp_path / "people.csv").write_text("subject,session\na,1\na,2\nb,1\nc,1\n")
    hidden = tmp_path / "restricted.csv"
    hidden.write_text("Subject,Age_in_Yrs,Family_ID\na,30,F\nb,31,F\n")
    console = Console(width=120, record=True, file=io.StringIO())
    show_cohort(read_cohort(tmp_path / "people.csv", scans=False, restricted=hidden), console)
    first, second = console.export_text().splitlines()[:2]
    assert first == "people: 4 people of 3 subjects"
    assert second == "splits keep together: 2 families (known of 2 of 3 subjects)"
