"""Learning curves: each metric by epoch, training beside validation, one line a fold."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from brainaging.pipeline.report.drawing.style import ACCENT, Picture, drawing, embed
from brainaging.pipeline.report.phrases import capital
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.results import METRICS, TERMS

CAPTION = (
    "Each line is one fold: dashed on the scans that the network learned from, solid on validation scans that it "
    "did not learn from. A solid line that turns while the dashed one goes on marks the point from which the "
    "network learns its training scans by heart. Where the axis spans more than a factor of ten it is logarithmic."
)
_TRAIN, _VALIDATION = "#D55E00", ACCENT
_PARTS = {"train": "training", "val": "validation"}


def curves_content(table: pd.DataFrame) -> Content:
    """Return the section of learning curves from curves.csv: one figure an experiment, one panel a metric."""
    figures = []
    for experiment, mine in table.groupby("experiment", sort=False):
        names = list(dict.fromkeys(_part_and_name(name)[1] for name in mine["metric"]))
        panels = [Panel(capital(_words(name)), _panel(mine, name)) for name in names]
        heading = TERMS["model"].get(str(experiment), str(experiment)).replace("_", " ")
        figures.append(Figure(capital(heading), CAPTION, panels))
    return Content(figures=figures)


def _part_and_name(metric: str) -> tuple[str, str]:
    """Return ("training" | "validation", the metric's own name) of "train_…" or "val_…", as trainers log them."""
    part, *name = metric.split("_", 1)
    return (_PARTS[part], name[0]) if part in _PARTS and name else ("validation", metric)


def _words(name: str) -> str:
    return METRICS[name].words if name in METRICS else name.replace("_", " ")


def _panel(table: pd.DataFrame, name: str) -> Picture:
    with drawing():
        canvas = Canvas(figsize=(4.9, 3.2), layout="constrained")
        axes = canvas.subplots()
        seen: set[str] = set()
        values = []
        for (full, _fold), line in table.groupby(["metric", "fold"], sort=False):
            part, bare = _part_and_name(str(full))
            if bare != name:
                continue
            line = line.sort_values("epoch")
            axes.plot(
                line["epoch"],
                line["value"],
                color=_TRAIN if part == "training" else _VALIDATION,
                linestyle="--" if part == "training" else "-",
                linewidth=1.6,
                marker="." if len(line) < 3 else None,
                label=part if part not in seen else None,
            )
            seen.add(part)
            values.append(line["value"].to_numpy())
        everything = np.concatenate(values)
        finite = everything[np.isfinite(everything)]
        if finite.size and finite.min() > 0 and finite.max() > 10 * finite.min():
            axes.set_yscale("log")
            # matplotlib writes powers as formulas, and subjects' names are why formulas are not read
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="best")
        last = f"{finite.min():.3g} to {finite.max():.3g}" if finite.size else "no finite value"
        return embed(canvas, f"Learning curve of {_words(name)}: values from {last}.")
