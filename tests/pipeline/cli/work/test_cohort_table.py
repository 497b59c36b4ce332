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
    assert text.startswith("people: 5 people")
    rows = [line.strip("│ ").split() for line in text.splitlines() if line.startswith("│")]
    counts = {bracket: [int(cell) for cell in cells if cell.isdigit()] for bracket, *cells in rows}
    assert {bracket: sum(numbers) for bracket, numbers in counts.items()} == {
        "20-29": 3,
        "30-39": 1,
        "unknown": 1,
    }
