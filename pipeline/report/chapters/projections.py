"""The first two principal components of voxels and of latents, coloured by sex and by age."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import (
    INK,
    SEX_COLOURS,
    SEX_MARKERS,
    SEX_NAMES,
    Picture,
    drawing,
    embed,
    ordered_colours,
)
from brainaging.pipeline.report.phrases import capital, natural_key
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.results import TERMS
from brainaging.pipeline.runtime import generator

CAPTION = (
    "Each small mark is one {one}, placed by the two directions in which the {many} differ most; the share of all "
    "differences that a direction carries stands on its axis. The components were fitted without sex or "
    "age. Marks of one colour that keep together mean that what differs most also tells that group; the large "
    "marks are the groups' means. Left to right and up to down have no meaning of their own, and a component's "
    "sign is arbitrary."
)
# A vector mark takes about 100 bytes: beyond this many, pixels are smaller.
MOST_VECTORS = 400
_SPACES = ("voxels", "table", "latents")


def projections_content(
    table: pd.DataFrame, variance: Mapping[str, Any] | None, one: str = "scan", many: str = "scans"
) -> Content:
    """Return the PCA section from pca.csv and pca.json: one panel for each space, by sex and by age.

    ``one`` and ``many`` are what a mark stands for.
    """
    spaces = [name for name in _SPACES if (table["space"] == name).any()]
    spaces += sorted(set(table["space"]) - set(spaces))
    panels = []
    for space in spaces:
        part = table[table["space"] == space]
        shares = (variance or {}).get(space, [])
        for column, meaning in (("sex", "sex"), ("age_group", "age")):
            picture = scatter(part, column, shares, f"{_title(str(space))} by {meaning}", many)
            panels.append(Panel(f"{_title(str(space))}, coloured by {meaning}", picture))
    return Content(figures=[Figure("Two principal components", CAPTION.format(one=one, many=many), panels)])


def _title(space: str) -> str:
    return capital(TERMS["features"].get(space, space))


def scatter(table: pd.DataFrame, column: str, shares: Any, name: str, many: str = "scans") -> Picture:
    """Draw pc1 against pc2, coloured by ``column`` ("sex" or "age_group")."""
    with drawing():
        canvas = Canvas(figsize=(4.9, 4.3), layout="constrained")
        axes = canvas.subplots()
        groups = draw_scatter(axes, table, column)
        for axis, index in (("x", 0), ("y", 1)):
            share = ""
            if isinstance(shares, list | tuple) and len(shares) > index and isinstance(shares[index], int | float):
                share = f" ({100 * shares[index]:.1f} % of the variance)"
            getattr(axes, f"set_{axis}label")(f"component {index + 1}{share}")
        axes.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=min(4, max(1, len(groups))),
            handletextpad=0.3,
            columnspacing=1.1,
        )
        described = ", ".join(f"{label} ({count})" for label, count in groups)
        return embed(
            canvas, f"Scatter plot of {len(table)} {many}, {name}: {described}.", vector=len(table) <= MOST_VECTORS
        )


def draw_scatter(axes: Axes, table: pd.DataFrame, column: str) -> list[tuple[str, int]]:
    """Draw the marks and the groups' means on ``axes``; return each group's label and count."""
    if column == "sex":
        codes = [code for code in ("F", "M") if (table[column] == code).any()]
        codes += sorted(set(table[column]) - set(codes))
        colours = [SEX_COLOURS.get(code, SEX_COLOURS[""]) for code in codes]
        labels = [SEX_NAMES.get(code, code) for code in codes]
    else:
        codes = sorted(set(table[column]), key=natural_key)
        colours = list(ordered_colours(len(codes)))
        labels = [code or "age not given" for code in codes]
    size = float(np.clip(6000 / max(len(table), 1), 9, 34))
    colour_of = dict(zip(codes, colours, strict=True))
    marker_of = {code: SEX_MARKERS.get(code, "s") if column == "sex" else "o" for code in codes}
    # Shuffled and in batches, so that the group drawn last does not hide the others.
    order = generator(0, "report", "drawing order").permutation(len(table))
    for batch in np.array_split(order, min(8, max(1, len(order)))):
        rows = table.iloc[batch]
        for marker in dict.fromkeys(marker_of.values()):
            mine = rows[rows[column].map(marker_of) == marker]
            colour = [colour_of[code] for code in mine[column]]
            axes.scatter(mine["pc1"], mine["pc2"], size, colour, marker=marker, alpha=0.7, linewidths=0)
    for code, label in zip(codes, labels, strict=True):
        mine = table[table[column] == code]
        axes.scatter(
            mine["pc1"].mean(),
            mine["pc2"].mean(),
            130,
            colour_of[code],
            marker=marker_of[code],
            edgecolors=INK,
            linewidths=1.6,
            zorder=5,
            label=label,
        )
    return [(label, int((table[column] == code).sum())) for code, label in zip(codes, labels, strict=True)]
