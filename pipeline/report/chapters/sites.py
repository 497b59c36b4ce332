"""Sites: what people of a site that no model has seen add to the error, and how each site fares."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import ACCENT, INK, MUTED, Picture, drawing, embed
from brainaging.pipeline.report.phrases import key, natural_key, number, title, word
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.report.selection import Row, headline_metric, merged_repeats

CAPTION = (
    "Every site was held out once: the model learned from all other sites and was asked about people of a site "
    "that it had never seen. The filled dot is that score with its 95 % interval, the empty one the score when "
    "people of every site stand on both sides of the split, and the grey stroke the baseline. What lies between "
    "the dots is what the model knew of the sites and not of brains."
)
PER_SITE = (
    "The people of each site, their number in brackets, as predicted by a model that learned from the others; the "
    "bar is the 95 % interval, the grey stroke the baseline at that site. Small sites have wide bars."
)
MOST_SITES = 40


def site_figures(rows: Sequence[Row]) -> list[Figure]:
    """Return the figures on sites: leave-one-site-out beside the other split, and every site's own score."""
    there = [row for row in merged_repeats(rows) if not row.is_difference and not math.isnan(row.value)]
    whole = [row for row in there if not row.site and key(row.text["features"]) != "none"]
    figures = []
    panels = []
    for target in dict.fromkeys(row.text["target"] for row in whole if row.is_unseen_site):
        mine = [row for row in whole if row.text["target"] == target]
        name = headline_metric([row for row in mine if row.is_unseen_site])
        pairs = [(row, _other(row, mine)) for row in mine if row.is_unseen_site and row.text["metric"] == name]
        if pairs:
            panels.append(Panel(f"{title(target)}: {pairs[0][0].measure.name}", draw_pairs(pairs)))
    if panels:
        figures.append(Figure("Sites that no model has seen", CAPTION, panels))
    panels = []
    each = [row for row in there if row.site]
    for target, features, model in dict.fromkeys(_thing(row) for row in each):
        mine = [row for row in each if _thing(row) == (target, features, model)]
        name = headline_metric(mine)
        shown = [row for row in mine if row.text["metric"] == name]
        if shown:
            panels.append(
                Panel(f"{title(target)} from {word(features)}: {shown[0].measure.name}", draw_sites(shown))
            )
    if panels:
        figures.append(Figure("Each site for itself", PER_SITE, panels))
    return figures


def draw_pairs(pairs: Sequence[tuple[Row, Row | None]]) -> Picture:
    """Draw leave-one-site-out scores (filled, with intervals) and those of the other split (empty)."""
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.1 + 0.42 * len(pairs)), layout="constrained")
        axes = canvas.subplots()
        for place, (row, other) in enumerate(pairs):
            _draw_row(axes, row, place)
            if other is not None:
                axes.plot([other.value, row.value], [place, place], color=MUTED, linewidth=1, linestyle=":")
                axes.plot(other.value, place, "o", markersize=7, markerfacecolor="white", markeredgecolor=ACCENT)
        axes.plot([], [], "o", color=ACCENT, markersize=7, label="unseen site")
        if any(other is not None for _, other in pairs):
            axes.plot(
                [], [], "o", markerfacecolor="white", markeredgecolor=ACCENT, markersize=7, label="seen sites"
            )
        names = [f"{title(row.text['features'])},\n{word(row.text['model'])}" for row, _ in pairs]
        _finish(axes, names, pairs[0][0])
        listed = "; ".join(
            f"{name.replace(chr(10), ' ')} {number(row.value, row.measure.family)}"
            + (f" instead of {number(other.value, other.measure.family)}" if other else "")
            for name, (row, other) in zip(names, pairs, strict=True)
        )
        return embed(canvas, f"Scores at sites that no model has seen: {listed}.")


def draw_sites(rows: Sequence[Row]) -> Picture:
    """Draw one line a site, in the order of their names."""
    shown = sorted(rows, key=lambda row: natural_key(row.site))[:MOST_SITES]
    with drawing():
        canvas = Canvas(figsize=(4.9, 1.0 + 0.24 * len(shown)), layout="constrained")
        axes = canvas.subplots()
        for place, row in enumerate(shown):
            _draw_row(axes, row, place)
        _finish(axes, [f"{row.site} ({row.text['n_test']})" for row in shown], shown[0])
        listed = "; ".join(f"{row.site} {number(row.value, row.measure.family)}" for row in shown)
        return embed(canvas, f"Scores by site: {listed}.")


def _draw_row(axes: Axes, row: Row, place: float) -> None:
    if not math.isnan(row.baseline_value):
        axes.plot([row.baseline_value] * 2, [place - 0.3, place + 0.3], color="#6b7783", linewidth=3)
    if row.has_interval:
        axes.plot([row.ci_low, row.ci_high], [place, place], color=ACCENT, linewidth=4, alpha=0.4)
    axes.plot(row.value, place, "o", markersize=7, color=ACCENT)


def _finish(axes: Axes, names: Sequence[str], row: Row) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=9, color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"{row.measure.name}{f', {row.measure.unit}' if row.measure.unit else ''}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2, handletextpad=0.2)


def _other(row: Row, rows: Sequence[Row]) -> Row | None:
    """Return the same number under another split, a random one where there is one."""
    same = ("target", "features", "model", "metric")
    found = [
        other
        for other in rows
        if all(other.text[name] == row.text[name] for name in same) and not other.is_unseen_site
    ]
    return min(found, key=lambda other: not other.is_random_split, default=None)


def _thing(row: Row) -> tuple[str, str, str]:
    return (row.text["target"], row.text["features"], row.text["model"])
