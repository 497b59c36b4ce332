"""The results: the headline at a glance, then every row of results.csv grouped by experiment."""

import math
from dataclasses import dataclass

import pandas as pd

from brainaging.pipeline.report.dotplot import Block, blocks
from brainaging.pipeline.report.labels import key, title
from brainaging.pipeline.report.rows import Row, headline, merged_repeats, parse_rows
from brainaging.pipeline.report.sections import Content

# More rows at a glance are no glance.
MOST_AT_A_GLANCE = 16
# A longer list starts folded: the numbers that speak stand above it.
MOST_OPEN = 40


@dataclass(frozen=True)
class Experiment:
    """One experiment's rows in blocks that share an axis, and what of it could not be computed."""

    name: str
    blocks: list[Block]
    count: int
    not_computed: list[Row]


def results_content(table: pd.DataFrame) -> Content:
    """Return the results section from results.csv. Raises UserError where a number is not one."""
    rows = parse_rows(table)
    experiments = []
    for name in dict.fromkeys(row.text["experiment"] for row in rows):
        mine = [row for row in rows if row.text["experiment"] == name]
        there = [row for row in mine if not math.isnan(row.value)]
        missing = [row for row in mine if math.isnan(row.value)]
        experiments.append(Experiment(title(name) or "Unnamed experiment", blocks(there), len(there), missing))
    extra = {
        "glance": blocks(at_a_glance(rows)),
        "experiments": experiments,
        "seeds": len({row.text["seed"] for row in rows}) > 1,
        "open": len(rows) <= MOST_OPEN,
    }
    return Content(extra=extra)


def at_a_glance(rows: list[Row]) -> list[Row]:
    """Return the headline predictions and the reconstruction errors that have a baseline, at most sixteen each."""
    predictions = headline(rows)
    ranked = sorted(predictions, key=lambda row: math.isnan(row.original_value))[:MOST_AT_A_GLANCE]
    kept = [row for row in predictions if any(row is other for other in ranked)]
    kept.sort(key=lambda row: (not key(row.text["target"]).startswith("sex"), row.text["target"]))
    errors = [
        row
        for row in merged_repeats(rows)
        if key(row.text["metric"]) == "mse"
        and not row.is_difference
        and not math.isnan(row.value)
        and key(row.text["features"]) != "mean_brain"
    ]
    return kept + errors[:MOST_AT_A_GLANCE]
