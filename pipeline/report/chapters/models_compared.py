"""The original's grid of models: four learners, three ways to handle several classes, beside the majority."""

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import ACCENT, INK, ORIGINAL, Picture, drawing, embed
from brainaging.pipeline.report.phrases import TUNED, capital, features_words
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.report.selection import alike, of_kind
from brainaging.pipeline.results import Finding, Score, title, words

LEARNERS = ("logistic_regression", "random_forest", "knn", "decision_tree")
#: ways to handle several classes, in the words of an axis; the first is a learner's own
SCHEMES = ("all at once", "one against the rest", "one against one")
#: every model's learner and scheme, by its code
GRID = {
    code: (learner, scheme)
    for learner in LEARNERS
    for code, scheme in zip((learner, f"{learner}_ovr", f"{learner}_ovo"), SCHEMES, strict=True)
}
CAPTION = (
    "Each dot is the share of held-out people whose {target} a model gets right, its bar the 95 % interval; the "
    "grey line is the baseline, and a model whose bar reaches it shows nothing beyond it (its dot is empty). A "
    "diamond is what the original work reported on its own cohort. Several classes are handled at once, one "
    "against the rest, or one against one: the rows of a learner."
)


def grid_figures(findings: Sequence[Finding], *, simulated: bool = False) -> list[Figure]:
    """Return the figures of the model grid: one for each target with several learners."""
    figures = []
    mine = [score for score in of_kind(findings, Score) if _counts(score)]
    for target in dict.fromkeys(score.target for score in mine):
        whole = [score for score in mine if score.target == target]
        panels: list[Panel] = []
        seen: list[Score] = []
        for score in whole:
            if any(alike(score, candidate, _FEATURES) for candidate in seen):
                continue
            seen.append(score)
            here = [candidate for candidate in whole if alike(score, candidate, _FEATURES)]
            if len({candidate.model for candidate in here}) >= len(LEARNERS):
                name = features_words(score)
                panels.append(Panel(capital(name), draw_grid(here, f"{words('target', target)} from {name}")))
        if panels:
            text = CAPTION.format(target=words("target", target))
            if simulated and any(not math.isnan(score.original_value) for score in whole):
                text = f"{text} {TUNED}."
            count = "twelve" if len({score.model for score in whole}) == len(GRID) else "other"
            figures.append(Figure(f"{title('target', target)} by {count} models", text, panels))
    return figures


_FEATURES = ("features", "encoder", "codes", "adjustment")


def _counts(score: Score) -> bool:
    return score.model in GRID and score.metric == "accuracy" and not score.is_random_split and not score.site


def draw_grid(scores: Sequence[Score], name: str) -> Picture:
    """Draw accuracies by learner and scheme, with the baseline as a line and the original's as diamonds."""
    by_model = {score.model: score for score in scores}
    order = [model for model in GRID if model in by_model]
    # a gap between learners
    places = {model: index + 0.6 * LEARNERS.index(GRID[model][0]) for index, model in enumerate(order)}
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.05 + 0.29 * (len(order) + 2)), layout="constrained")
        axes = canvas.subplots()
        baselines = [score for score in scores if not math.isnan(score.baseline_value)]
        if baselines:
            label = words("baseline", baselines[0].baseline) or "baseline"
            axes.axvline(baselines[0].baseline_value, color="#6b7783", linewidth=2.5, label=label)
        for model in order:
            score, place = by_model[model], places[model]
            if score.has_interval:
                axes.plot([score.ci_low, score.ci_high], [place, place], color=ACCENT, linewidth=4, alpha=0.4)
            face = "white" if score.verdict == "unclear" else ACCENT
            axes.plot(score.value, place, "o", markersize=6.5, markerfacecolor=face, markeredgecolor=ACCENT)
            if not math.isnan(score.original_value):
                axes.plot(score.original_value, place + 0.33, "D", **_DIAMOND)
        axes.plot([], [], "o", color=ACCENT, markersize=6.5, label="this run")
        if any(not math.isnan(score.original_value) for score in scores):
            axes.plot([], [], "D", label="original work", **_DIAMOND)
        own = [GRID[model][1] == SCHEMES[0] for model in order]
        labels = [
            title("model", model) if is_own else GRID[model][1] for model, is_own in zip(order, own, strict=True)
        ]
        axes.set_yticks([places[model] for model in order], labels, fontsize=9, color=INK)
        for tick, is_own in zip(axes.get_yticklabels(), own, strict=True):
            tick.set_fontweight("bold" if is_own else "normal")
        axes.set_ylim(max(places.values()) + 0.7, -0.7)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("accuracy")
        axes.legend(loc="lower center", bbox_to_anchor=(0.35, 1.0), ncols=3, handletextpad=0.4, columnspacing=1.2)
        listed = "; ".join(f"{words('model', model)} {by_model[model].value:.3f}" for model in order)
        return embed(canvas, f"Accuracy of {name} by model: {listed}.")


_DIAMOND: dict[str, Any] = {
    "markersize": 6,
    "markerfacecolor": "white",
    "markeredgecolor": ORIGINAL,
    "markeredgewidth": 1.6,
    "ls": "",
}
