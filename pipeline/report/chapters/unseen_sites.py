"""Sites: what people of a site that no model has seen add to the error, and how each site fares."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import ACCENT, INK, MUTED, Picture, drawing, embed
from brainaging.pipeline.report.phrases import capital, features_words, natural_key, shown
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.report.selection import (
    alike,
    fields_of,
    headline_metric,
    is_unseen_site,
    of_kind,
)
from brainaging.pipeline.results import Finding, Score, title, words

CAPTION = (
    "Every site was held out once: the model learned from all other sites and predicted people of a site "
    "that it had never seen. The filled dot is that score with its 95 % interval, the empty one the score when "
    "people of every site stand on both sides of the split, and the grey stroke the baseline. What lies between "
    "the dots is what the model knew of the sites and not of brains."
)
PER_SITE = (
    "The people of each site, their number in brackets, as predicted by a model that learned from the others; the "
    "bar is the 95 % interval, the grey stroke the baseline at that site. Small sites have wide bars."
)
MOST_SITES = 40


_FEATURES = ("target", "features", "encoder", "codes", "adjustment", "model")


def site_figures(findings: Sequence[Finding]) -> list[Figure]:
    """Return the figures on sites: leave-one-site-out beside the other split, and every site's own score."""
    scores = of_kind(findings, Score)
    whole = [score for score in scores if not score.site and score.features != "none"]
    figures = []
    panels = []
    for target in dict.fromkeys(score.target for score in whole if is_unseen_site(score)):
        mine = [score for score in whole if score.target == target]
        name = headline_metric([score for score in mine if is_unseen_site(score)])
        pairs = [(score, _other(score, mine)) for score in mine if is_unseen_site(score) and score.metric == name]
        if pairs:
            panels.append(Panel(f"{title('target', target)}: {pairs[0][0].term.words}", draw_pairs(pairs)))
    if panels:
        figures.append(Figure("Sites that no model has seen", CAPTION, panels))
    panels = []
    each = [score for score in scores if score.site]
    for question in dict.fromkeys(fields_of(score, _FEATURES) for score in each):
        mine = [score for score in each if fields_of(score, _FEATURES) == question]
        name = headline_metric(mine)
        kept = [score for score in mine if score.metric == name]
        if kept:
            heading = f"{title('target', kept[0].target)} from {features_words(kept[0])}: {kept[0].term.words}"
            panels.append(Panel(heading, draw_sites(kept)))
    if panels:
        figures.append(Figure("Each site by itself", PER_SITE, panels))
    return figures


def draw_pairs(pairs: Sequence[tuple[Score, Score | None]]) -> Picture:
    """Draw leave-one-site-out scores (filled, with intervals) and those of the other split (empty)."""
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.1 + 0.42 * len(pairs)), layout="constrained")
        axes = canvas.subplots()
        for place, (score, seen) in enumerate(pairs):
            _draw_score(axes, score, place)
            if seen is not None:
                axes.plot([seen.value, score.value], [place, place], color=MUTED, linewidth=1, linestyle=":")
                axes.plot(seen.value, place, "o", markersize=7, markerfacecolor="white", markeredgecolor=ACCENT)
        axes.plot([], [], "o", color=ACCENT, markersize=7, label="unseen site")
        if any(seen is not None for _, seen in pairs):
            axes.plot(
                [], [], "o", markerfacecolor="white", markeredgecolor=ACCENT, markersize=7, label="seen sites"
            )
        names = [f"{capital(features_words(score))},\n{words('model', score.model)}" for score, _ in pairs]
        _finish(axes, names, pairs[0][0])
        listed = "; ".join(
            f"{capital(features_words(score))}, {words('model', score.model)} {shown(score, score.value)}"
            + (f" instead of {shown(seen, seen.value)}" if seen else "")
            for score, seen in pairs
        )
        return embed(canvas, f"Scores at sites that no model has seen: {listed}.")


def draw_sites(scores: Sequence[Score]) -> Picture:
    """Draw one line a site, in the order of their names."""
    kept = sorted(scores, key=lambda score: natural_key(score.site))[:MOST_SITES]
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.0 + 0.24 * len(kept)), layout="constrained")
        axes = canvas.subplots()
        for place, score in enumerate(kept):
            _draw_score(axes, score, place)
        _finish(axes, [f"{score.site} ({score.n_test})" for score in kept], kept[0])
        listed = "; ".join(f"{score.site} {shown(score, score.value)}" for score in kept)
        return embed(canvas, f"Scores by site: {listed}.")


def _draw_score(axes: Axes, score: Score, place: float) -> None:
    if not math.isnan(score.baseline_value):
        axes.plot([score.baseline_value] * 2, [place - 0.3, place + 0.3], color="#6b7783", linewidth=3)
    if score.has_interval:
        axes.plot([score.ci_low, score.ci_high], [place, place], color=ACCENT, linewidth=4, alpha=0.4)
    axes.plot(score.value, place, "o", markersize=7, color=ACCENT)


def _finish(axes: Axes, names: Sequence[str], score: Score) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"{score.term.words}{f', {score.term.unit}' if score.term.unit else ''}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2, handletextpad=0.2)


def _other(score: Score, scores: Sequence[Score]) -> Score | None:
    """Return the same number under another split, a random one where there is one."""
    same = [seen for seen in scores if alike(seen, score, (*_FEATURES, "metric")) and not is_unseen_site(seen)]
    return min(same, key=lambda seen: not seen.is_random_split, default=None)
