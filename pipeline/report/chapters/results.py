"""The results: the headline at a glance, then every row of results.csv grouped by experiment."""

import math
from dataclasses import dataclass

import pandas as pd

from brainaging.pipeline.report.drawing.dotplot import Block, blocks
from brainaging.pipeline.report.phrases import key, title, word
from brainaging.pipeline.report.sections import Content
from brainaging.pipeline.report.selection import Row, headline, merged_repeats, one_model_each, parse_rows, variant

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
    several = len({row.text["modality"] for row in rows}) > 1
    experiments = []
    for name, modality in dict.fromkeys(_experiment(row) for row in rows):
        mine = [row for row in rows if _experiment(row) == (name, modality)]
        there = [row for row in mine if not math.isnan(row.value)]
        missing = [row for row in mine if math.isnan(row.value)]
        named = (title(name) or "Unnamed experiment") + (f" ({word(modality)})" if several and modality else "")
        experiments.append(Experiment(named, blocks(there), len(there), missing))
    extra = {
        "glance": blocks(at_a_glance(rows)),
        "experiments": experiments,
        "several": several,
        "seeds": len({row.text["seed"] for row in rows}) > 1,
        "open": len(rows) <= MOST_OPEN,
    }
    return Content(extra=extra)


def _experiment(row: Row) -> tuple[str, str]:
    """Return the experiment and modality under which a row stands; all sites' own rows stand together."""
    return ("each site for itself" if row.site else row.text["experiment"], row.text["modality"])


def at_a_glance(rows: list[Row]) -> list[Row]:
    """Return the headline predictions and the reconstruction errors that have a baseline, at most sixteen each.

    One model stands for each target and kind of features; the grid of models has a figure of its own.
    """
    predictions = one_model_each(headline(rows))
    ranked = sorted(predictions, key=lambda row: (math.isnan(row.original_value), variant(row) != ""))
    ranked = ranked[:MOST_AT_A_GLANCE]
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
