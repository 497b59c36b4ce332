"""The original's grid of models: four learners, three ways to handle several classes, beside the majority."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import ACCENT, INK, ORIGINAL, Picture, drawing, embed
from brainaging.pipeline.report.phrases import key, title, word
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.report.selection import Row, merged_repeats

LEARNERS = ("logistic_regression", "random_forest", "knn", "decision_tree")
SCHEMES = ("", "_ovr", "_ovo")
CAPTION = (
    "Each dot is the share of held-out people whose {target} a model gets right, its bar the 95 % interval; the "
    "grey line is the baseline, and a model whose bar reaches it shows nothing beyond it (its dot is empty). A "
    "diamond is what the original work reported on its own cohort. Several classes are handled at once, one "
    "against the rest, or one against one: the rows of a learner."
)
_SCHEME_WORDS = {"": "all at once", "_ovr": "one against the rest", "_ovo": "one against one"}


def grid_figures(rows: Sequence[Row]) -> list[Figure]:
    """Return the figures of the model grid: one for each target with several learners."""
    figures = []
    mine = [row for row in merged_repeats(rows) if split_model(row) and _counts(row)]
    for target in dict.fromkeys(row.text["target"] for row in mine):
        panels = []
        for features in dict.fromkeys(row.text["features"] for row in mine if row.text["target"] == target):
            here = [row for row in mine if (row.text["target"], row.text["features"]) == (target, features)]
            if len({split_model(row) for row in here}) >= len(LEARNERS):
                panels.append(Panel(title(features), draw_grid(here, f"{word(target)} from {word(features)}")))
        if panels:
            text = CAPTION.format(target=word(target))
            whole = _all([row for row in mine if row.text["target"] == target])
            figures.append(Figure(f"{title(target)} by {'twelve' if whole else 'other'} models", text, panels))
    return figures


def split_model(row: Row) -> tuple[str, str] | None:
    """Return a model's learner and scheme, None for a model that is not in the grid."""
    model = key(row.text["model"])
    scheme = next((ending for ending in ("_ovr", "_ovo") if model.endswith(ending)), "")
    learner = model.removesuffix(scheme) if scheme else model
    return (learner, scheme) if learner in LEARNERS else None


def _counts(row: Row) -> bool:
    return (
        key(row.text["metric"]) == "accuracy"
        and not row.is_difference
        and not row.is_random_split
        and not math.isnan(row.value)
    )


def _all(rows: Sequence[Row]) -> bool:
    return len({split_model(row) for row in rows}) == len(LEARNERS) * len(SCHEMES)


def draw_grid(rows: Sequence[Row], name: str) -> Picture:
    """Draw accuracies by learner and scheme, with the baseline as a line and the original's as diamonds."""
    found = {split_model(row): row for row in rows}
    order = [(learner, scheme) for learner in LEARNERS for scheme in SCHEMES if (learner, scheme) in found]
    places: dict[tuple[str, str], float] = {}
    for index, one in enumerate(order):
        # a gap between learners
        places[one] = index + 0.6 * LEARNERS.index(one[0])
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.05 + 0.29 * (len(order) + 2)), layout="constrained")
        axes = canvas.subplots()
        baselines = [row.baseline_value for row in rows if not math.isnan(row.baseline_value)]
        if baselines:
            named = next((word(row.text["baseline"]) for row in rows if row.text["baseline"]), "baseline")
            axes.axvline(baselines[0], color="#6b7783", linewidth=2.5, label=named)
        for one in order:
            row, place = found[one], places[one]
            if row.has_interval:
                axes.plot([row.ci_low, row.ci_high], [place, place], color=ACCENT, linewidth=4, alpha=0.4)
            hollow = row.verdict == "unclear"
            face = "white" if hollow else ACCENT
            axes.plot(row.value, place, "o", markersize=6.5, markerfacecolor=face, markeredgecolor=ACCENT)
            if not math.isnan(row.original_value):
                axes.plot(row.original_value, place + 0.33, "D", **_DIAMOND)
        axes.plot([], [], "o", color=ACCENT, markersize=6.5, label="this run")
        if any(not math.isnan(row.original_value) for row in rows):
            axes.plot([], [], "D", label="original work", **_DIAMOND)
        labels = [_SCHEME_WORDS[scheme] if scheme else f"{title(learner)}" for learner, scheme in order]
        axes.set_yticks([places[one] for one in order], labels, fontsize=9, color=INK)
        for tick, (_, scheme) in zip(axes.get_yticklabels(), order, strict=True):
            tick.set_fontweight("normal" if scheme else "bold")
        axes.set_ylim(max(places.values()) + 0.7, -0.7)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("accuracy")
        axes.legend(loc="lower center", bbox_to_anchor=(0.35, 1.0), ncols=3, handletextpad=0.4, columnspacing=1.2)
        listed = "; ".join(f"{word(row.text['model'])} {row.value:.3f}" for row in (found[one] for one in order))
        return embed(canvas, f"Accuracy of {name} by model: {listed}.")


_DIAMOND: dict[str, Any] = {
    "markersize": 6,
    "markerfacecolor": "white",
    "markeredgecolor": ORIGINAL,
    "markeredgewidth": 1.6,
    "ls": "",
}
