"""One scan edited by a model that ships, beside the truth: what changes, and by how much every region does."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.chapters.edits import CHANGE_TITLE, FILM_TITLE, edits_content
from brainaging.pipeline.report.drawing.style import ACCENT, MUTED, ORIGINAL, Picture, drawing, embed
from brainaging.pipeline.report.inputs import Run
from brainaging.pipeline.report.painted.paintable_atlases import Region
from brainaging.pipeline.report.painted.panel import named
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.report.sentences import Sentence
from brainaging.pipeline.runtime import UserError

#: regions in the picture: those that truly change most
MOST = 14
REGIONS_TITLE = "Regions, by the edit and in truth"
REGIONS = (
    "Change of volume in {years:g} years, per cent: what the edit made of this scan (dot) and what the simulation "
    "knows to be true of this person (diamond), for the {shown} regions that truly change most, of {all}. Over "
    "all of them the two correlate by {correlation:.2f}. A model knows people's mean rate of ageing and not this "
    "person's own."
)
NEEDED = ("age", "sex", "years", "learned_from", "model_spacing_mm", "correlation", "correlation_of_regions")


def edit_content(run: Run) -> Content | None:
    """Return the section of one_edit.npz, one_edit.csv and one_edit.json; None where the run left none.

    Raises:
        UserError: a file of the three is missing, or an array or fact in them.
    """
    if run.one_edit is None:
        return None
    facts, regions = _facts(run)
    drawn = {figure.title: figure for figure in edits_content(run.one_edit).figures}
    figures = [drawn[CHANGE_TITLE], _regions(regions, facts), drawn[FILM_TITLE]]
    words = [
        ("The person", f"simulated, {facts['sex']}, {facts['age']:g} years; seen by no model"),
        ("The model", f"ships with the package: learned from {facts['learned_from']} simulated people"),
        ("Grids", f"the scan of 2 mm is moved as it is; how, was learned at {facts['model_spacing_mm']:g} mm"),
    ]
    return Content(facts=words, figures=figures)


def edit_sentences(run: Run) -> list[Sentence]:
    """Return one sentence on the edit of one scan; none where the run left none, or it cannot be read."""
    try:
        if run.one_edit is None:
            return []
        facts, _ = _facts(run)
    except UserError:
        return []
    text = (
        f"The edit that ships made one simulated scan, which it had not seen, {facts['years']:g} years older: the "
        f"change correlates {facts['correlation']:.2f} with the true one in voxels, and "
        f"{facts['correlation_of_regions']:.2f} over the regions' volumes."
    )
    return [Sentence(text.replace("-", "−"))]


def _facts(run: Run) -> tuple[Mapping[str, Any], pd.DataFrame]:
    facts, regions = run.one_edit_facts or {}, run.one_edit_regions
    missing = [name for name in NEEDED if name not in facts]
    if missing or regions is None or regions.empty:
        raise UserError(f"one_edit.json and one_edit.csv: expected {', '.join(NEEDED)} and regions beside them")
    return facts, regions


def _regions(table: pd.DataFrame, facts: Mapping[str, Any]) -> Figure:
    order = table["true_percent"].abs().sort_values(ascending=False, kind="stable").index[:MOST]
    shown = table.loc[order].sort_values("true_percent", kind="stable")
    caption = REGIONS.format(
        years=facts["years"], shown=len(shown), all=len(table), correlation=facts["correlation_of_regions"]
    )
    return Figure(REGIONS_TITLE, caption.replace("-0.", "−0."), [Panel("", _dots(shown))])


def _dots(table: pd.DataFrame) -> Picture:
    names = [named(Region(*pair)) for pair in zip(table["structure"], table["hemisphere"], strict=True)]
    rows = np.arange(len(table))
    with drawing():
        canvas = Canvas(figsize=(7.1, 0.27 * len(table) + 1.1), layout="constrained")
        axes = canvas.subplots()
        for row, edit, true in zip(rows, table["edit_percent"], table["true_percent"], strict=True):
            axes.plot([edit, true], [row, row], color=MUTED, linewidth=1, zorder=1)
        axes.plot(table["true_percent"], rows, "D", color="white", markeredgecolor=ORIGINAL, label="truth")
        axes.plot(table["edit_percent"], rows, "o", color=ACCENT, label="edit")
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.set_yticks(rows, names)
        axes.set_xlabel("change of volume, per cent")
        axes.grid(visible=False, axis="y")
        axes.legend(loc="best")
        ends = f"{table['true_percent'].min():.3g} to {table['true_percent'].max():.3g}".replace("-", "−")
        return embed(canvas, f"Changes of {len(table)} regions' volumes by the edit and in truth: {ends} per cent")
