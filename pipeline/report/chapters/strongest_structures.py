"""Which structures tell sex and age: the strongest ones with their intervals, and where the truth is known, it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from brainaging.pipeline.report.drawing.style import ACCENT, INK, MUTED, ORIGINAL, Picture, drawing, embed
from brainaging.pipeline.report.painted.maps import measure_words
from brainaging.pipeline.report.painted.paintable_atlases import ASEG, CORTICAL, Region
from brainaging.pipeline.report.painted.panel import brain
from brainaging.pipeline.report.painted.scale import level_scale
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.results import TERMS

MOST = 15
#: by what is known of a structure's truth; all alike where nothing is
_MARKS = {
    "yes": ("D", ORIGINAL, "planted"),
    "no": ("o", ACCENT, "not planted"),
    "": ("s", MUTED, "measured in the images"),
}
CAPTION = (
    "The structures on which predictions of {target} rest most, the strongest on top; hemispheres and measures "
    "of a structure are counted together, because neighbours carry the same news. {meaning} Bars are 95 % "
    "intervals that hold for all structures at once; a filled dot is significant after correction for all of "
    "them (family-wise 5 %), an empty one is not. "
)
_PLANTED = (
    "This table is simulated, so the truth is known: a diamond marks structures in which an effect was planted, a "
    "square those that were not drawn but measured in the simulated images, and change as these do. "
)
_PAINTED = "The brain shows the same numbers for every structure of its atlas."
_MEANING = {
    "permutation": "Permutation importance: how much worse held-out people are predicted when the structure's "
    "values are shuffled among them (log loss, for years squared error); 0 means that nothing is lost.",
    "coefficient": "The axis is the size of a linear model's weights on the structure's standardised measures.",
}
_AXES = {"permutation": "increase of the error when shuffled", "coefficient": "size of the coefficients"}
# The first of these that a target has is shown.
_KINDS = ("permutation", "coefficient")
_LEVELS = ("structure", "column")


def importance_figures(table: pd.DataFrame) -> list[Figure]:
    """Return one figure for each target of importance.csv: the strongest structures, and all of them painted."""
    figures = []
    for target in dict.fromkeys(table["target"]):
        mine = table[(table["target"] == target) & table["value"].notna()]
        level = next((name for name in _LEVELS if (mine["level"] == name).any()), "")
        mine = mine[mine["level"] == level]
        # differences between groups are painted already
        kind = next((name for name in _KINDS if (mine["kind"] == name).any()), "")
        mine = mine[mine["kind"] == kind]
        if mine.empty:
            continue
        caption = CAPTION.format(target=_target(target), meaning=_MEANING[kind])
        if mine["planted"].isin(["yes", "no"]).any():
            caption += _PLANTED
        panels = [Panel(f"The {min(MOST, len(mine))} strongest", strongest(mine, target, kind))]
        painted = _painted(mine)
        panels += painted
        figures.append(
            Figure(
                f"Structures most important for {_target(target)}", caption + (_PAINTED if painted else ""), panels
            )
        )
    return figures


def strongest(table: pd.DataFrame, target: str, kind: str) -> Picture:
    """Draw the structures with the largest |value| as dots with intervals, from the top."""
    order = table["value"].abs().sort_values(ascending=False, kind="stable").index[:MOST]
    shown = table.loc[order]
    names = [_name(row) for row in shown.to_dict("records")]
    with drawing():
        canvas = Canvas(figsize=(4.9, 0.85 + 0.245 * len(shown)), layout="constrained")
        axes = canvas.subplots()
        axes.axvline(0, color=MUTED, linewidth=1)
        truth = shown["planted"].isin(["yes", "no"]).any()
        for place, (_, row) in enumerate(shown.iterrows()):
            if np.isfinite(row["ci_low"]) and np.isfinite(row["ci_high"]):
                axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=ACCENT, linewidth=3.5, alpha=0.4)
            mark, colour, _ = _MARKS[row["planted"] if truth else "no"]
            certain = row["p_fwe"] <= 0.05
            axes.plot(
                row["value"],
                place,
                mark,
                markersize=6.5,
                markerfacecolor=colour if certain else "white",
                markeredgecolor=colour,
                markeredgewidth=1.6,
            )
        if truth:
            for state in _MARKS:
                if (shown["planted"] == state).any():
                    mark, colour, label = _MARKS[state]
                    axes.plot([], [], mark, color=colour, markersize=6.5, label=label)
            axes.legend(
                loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=3, handletextpad=0.2, columnspacing=1.0
            )
        axes.set_yticks(range(len(shown)), names, fontsize=9, color=INK)
        axes.set_ylim(len(shown) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(_AXES[kind])
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.tick_params(axis="y", length=0)
        listed = "; ".join(
            f"{name} {value:.3g}{' (planted)' if planted == 'yes' else ''}"
            for name, value, planted in zip(names, shown["value"], shown["planted"], strict=True)
        )
        return embed(canvas, f"Importance for {_target(target)}: {listed}.".replace("-", "−"))


def _target(code: str) -> str:
    return TERMS["target"].get(code, code)


def _name(row: Mapping[Any, Any]) -> str:
    text = str(row["structure"] or row["name"]).replace("_", " ")
    parts = [str(row["hemisphere"]), text]
    if row["level"] == "column" and row["measure"]:
        parts.append(f"({measure_words(str(row['measure']))})")
    return " ".join(part for part in parts if part)


def _painted(table: pd.DataFrame) -> list[Panel]:
    """Return the structures painted, one panel an atlas; nothing below structure level, where measures overlap."""
    if not (table["level"] == "structure").any():
        return []
    below = table.loc[table["atlas"].isin([*CORTICAL, ASEG]), "value"].clip(lower=0)
    scale = level_scale(below, _AXES[str(table["kind"].iloc[0])], from_zero=True)
    panels = []
    for atlas in (*CORTICAL, ASEG):
        mine = table[table["atlas"] == atlas]
        if mine.empty:
            continue
        values = {}
        for row in mine.to_dict("records"):
            # A structure without a side stands for both.
            for side in ("left", "right", "") if not row["hemisphere"] else (row["hemisphere"],):
                values[Region(str(row["structure"]), str(side))] = max(0.0, float(row["value"]))
        heading = "Below the cortex" if atlas == ASEG else "The cortex"
        panels.append(Panel(heading, brain(atlas, values, scale)))
    return panels
