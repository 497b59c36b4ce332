"""Brains that a shipped generator made for people's age, sex and head size, beside these people."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.change_maps import compact, in_greys, letter, show
from brainaging.pipeline.report.drawing.slices import (
    CONVENTION,
    PLANES,
    bounding_box,
    finer,
    grid_words,
    mid_slice,
    window,
)
from brainaging.pipeline.report.drawing.style import ACCENT, MUTED, ORIGINAL, Picture, drawing, embed
from brainaging.pipeline.report.inputs import Run
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.report.sentences import Sentence
from brainaging.pipeline.runtime import UserError

#: of normalised intensity, above which a voxel of anybody's is brain and inside the picture
_BRAIN = 0.1
BRAINS_TITLE = "People, and brains made for their age, sex and head size"
BRAINS = (
    "Three women and three men of {ages} years whom no model has seen, and below each a brain that the generator "
    "made for the same age, sex and head size; axial above coronal slices through the "
    "middle, on {grid}, all in one grey scale. What to look for: the lower brain is somebody else of that age, "
    "and not the same person: folds differ, dark spaces of fluid are about as wide. "
)
VENTRICLES_TITLE = "Ventricles by age, of people and of brains made for them"
VENTRICLES = (
    "Volume of the ventricles as measured in the image, of {people} people and of one brain made for each; the "
    "lines are least squares. They widen by {true} mL a decade in these people and by {ours} mL in the brains "
    "(95 % intervals over families). Few people, and no score: what the weights are worth stands in the bundle's "
    "card."
)
_SLOPE = "ventricles_ml_per_decade_{}"
NEEDED = (
    "people",
    "grid",
    *(_SLOPE.format(kind) + part for kind in ("people", "made") for part in ("", "_interval")),
)
ARRAYS = ("made", "people", "ages", "male", "spacing")
#: as drawn and as named, by ``kind`` of ordered.csv
_KINDS = {"people": ("people", ORIGINAL, "D"), "made": ("made to order", ACCENT, "o")}


def order_content(run: Run) -> Content | None:
    """Return the section of ordered.npz, ordered.csv and ordered.json; None where the run left none.

    Raises:
        UserError: a file of the three is missing, or an array or fact in them.
    """
    if run.ordered is None:
        return None
    facts, table = _facts(run)
    missing = [name for name in ARRAYS if name not in run.ordered]
    if missing or run.ordered["made"].shape != run.ordered["people"].shape:
        raise UserError(f"ordered.npz: expected arrays {', '.join(ARRAYS)}, as many made as people")
    ages = sorted(float(age) for age in run.ordered["ages"])
    caption = BRAINS.format(
        ages=f"{ages[0]:.0f} to {ages[-1]:.0f}",
        grid=grid_words(float(run.ordered["spacing"])),
    )
    slopes = {"true": _slope(facts, "people"), "ours": _slope(facts, "made")}
    ventricles = VENTRICLES.format(people=facts["people"], **slopes)
    figures = [
        Figure(BRAINS_TITLE, caption + CONVENTION, [Panel("", _pairs(run.ordered))]),
        Figure(
            VENTRICLES_TITLE,
            ventricles,
            [Panel("", _scatter(table))],
        ),
    ]
    words = [
        ("The people", f"simulated, {facts['people']}; seen by no model"),
        ("The model", f"ships with the package, on the grid {facts['grid']}"),
        ("Head size, asked for and made", f"correlation {_head_correlation(table):.3f}"),
    ]
    return Content(facts=words, figures=figures)


def order_sentences(run: Run) -> list[Sentence]:
    """Return one sentence on brains made to order; none where the run left none, or they cannot be read."""
    try:
        if run.ordered is None:
            return []
        facts, table = _facts(run)
    except UserError:
        return []
    text = (
        f"The generator that ships made brains for the age, sex and head size of {facts['people']} simulated "
        f"people unknown to it: ventricles widen by {_slope(facts, 'made')} mL a decade in the brains and by "
        f"{_slope(facts, 'people')} mL in the people; head sizes, asked for and made, correlate by "
        f"{_head_correlation(table):.3f}."
    )
    return [Sentence(text)]


def _slope(facts: Mapping[str, Any], kind: str) -> str:
    """Return mL a decade with its interval, in words."""
    value, (low, high) = (facts[_SLOPE.format(kind) + part] for part in ("", "_interval"))
    return f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")


def _facts(run: Run) -> tuple[Mapping[str, Any], pd.DataFrame]:
    facts, table = run.ordered_facts or {}, run.ordered_people
    missing = [name for name in NEEDED if name not in facts]
    kinds = set() if table is None else set(table["kind"])
    if missing or table is None or not set(_KINDS) <= kinds:
        raise UserError(f"ordered.json and ordered.csv: expected {', '.join(NEEDED)} and rows of both kinds")
    return facts, table


def _head_correlation(table: pd.DataFrame) -> float:
    made, people = (table.loc[table["kind"] == kind, "head_ml"].to_numpy() for kind in ("made", "people"))
    return float(np.corrcoef(made, people)[0, 1])


def _pairs(arrays: Mapping[str, np.ndarray]) -> Picture:
    """Return people above brains made for them, a column a pair."""
    made, people = np.asarray(arrays["made"], float), np.asarray(arrays["people"], float)
    box = bounding_box((np.maximum(made, people) > _BRAIN).any(axis=0))
    grey, planes = window(people), PLANES[:2]
    names = [
        f"{'man' if male else 'woman'}, {age:.0f} y"
        for age, male in zip(arrays["ages"], arrays["male"], strict=True)
    ]
    rows = [(kind, volumes, plane) for kind, volumes in (("people", people), ("made", made)) for plane in planes]
    heights = [float(np.divide(*mid_slice(people[0], plane, box).shape)) for _, _, plane in rows]
    tile = 7.0 / len(names)
    height = tile * sum(heights) + 0.35
    with drawing():
        canvas = Canvas(figsize=(7.1, height), facecolor="white")
        edges = {"left": 0.04, "right": 0.998, "bottom": 0.005, "top": 1 - 0.28 / height}
        shape = {"height_ratios": heights, "wspace": 0.02, "hspace": 0.02, **edges}
        grid = canvas.subplots(len(rows), len(names), squeeze=False, gridspec_kw=shape)
        for column, name in enumerate(names):
            grid[0, column].set_title(name, fontsize=9, loc="center")
            for axes, (_, volumes, plane) in zip(grid[:, column], rows, strict=True):
                show(axes, in_greys(finer(mid_slice(volumes[column], plane, box)), grey))
        for axes, (kind, _, plane) in zip(grid[:, 0], rows, strict=True):
            letter(axes, plane.left, plane.right)
            if plane is planes[0]:
                place = axes.get_position().y0
                canvas.text(0.012, place, _KINDS[kind][0], rotation=90, va="center", ha="center", fontsize=9)
        return compact(canvas, f"People above brains made for them: {'; '.join(names)}")


def _scatter(table: pd.DataFrame) -> Picture:
    with drawing():
        canvas = Canvas(figsize=(7.1, 3.4), layout="constrained")
        axes = canvas.subplots()
        for kind, (name, colour, marker) in _KINDS.items():
            mine = table[table["kind"] == kind]
            age, volume = mine["age"].to_numpy(), mine["ventricles_ml"].to_numpy()
            face = "white" if kind == "people" else colour
            axes.plot(age, volume, marker, color=face, markeredgecolor=colour, markersize=5, label=name)
            ends = np.array([age.min(), age.max()])
            axes.plot(ends, np.polyval(np.polyfit(age, volume, 1), ends), color=colour, linewidth=1.6)
        axes.set_xlabel("age, years")
        axes.set_ylabel("ventricles, mL")
        axes.legend(loc="upper left")
        axes.spines["left"].set_color(MUTED)
        return embed(canvas, "Volume of the ventricles by age, of people and of brains made for them")
