"""The one wide picture for a README: brains, reconstructed or painted, and what the run scored."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure, SubFigure

from brainaging.pipeline.report.chapters.reconstructions import check_volumes
from brainaging.pipeline.report.chapters.results import at_a_glance
from brainaging.pipeline.report.chapters.synthetic import draw_generated
from brainaging.pipeline.report.drawing.dotplot import is_hollow, limits
from brainaging.pipeline.report.drawing.style import ACCENT, INK, MUTED, ORIGINAL, drawing
from brainaging.pipeline.report.inputs import Run, read_run
from brainaging.pipeline.report.opening.edit_summary import draw_edit
from brainaging.pipeline.report.opening.one_reconstruction import draw_brains
from brainaging.pipeline.report.painted.headline import draw_headline, headline_map
from brainaging.pipeline.report.phrases import features_words, number
from brainaging.pipeline.report.selection import HEAD_SIZE_OUT, modalities
from brainaging.pipeline.results import Finding, Score, title
from brainaging.pipeline.runtime import UserError, atomic_output

# 9 inches at 200 dots: sharp at the 900 CSS pixels that GitHub gives a README.
_SIZE, _DPI = (9.0, 4.1), 200
_MOST_ROWS = 6


def summary_picture(out_dir: Path, png_path: Path) -> None:
    """Write one wide PNG (1800 × 820 pixels, white) of a run: brains on the left, scores on the right.

    Of a run that shows a shipped edit, the scan that was edited and its change beside the truth fill it. Else it
    takes reconstructions.npz, or where there is none, a painted brain from regions.csv, or synthetic.npz; and
    results.csv of ``out_dir``. With one side missing the other fills the width.

    Raises:
        UserError: nothing of these files can be shown.
    """
    run = read_run(Path(out_dir))
    if run.one_edit is not None:
        with drawing():
            figure = Figure(figsize=_SIZE, facecolor="white")
            draw_edit(figure, run.one_edit, (run.one_edit_facts or {}).get("age"))
            _save(figure, png_path)
        return
    volumes = None if run.reconstructions is None else check_volumes(run.reconstructions)
    painted = None if volumes or run.regions is None else headline_map(run.regions)
    scores = _scores(run.results)
    generated = run.synthetic if volumes is None and painted is None else None
    if volumes is None and painted is None and generated is None and not scores:
        raise UserError(f"{out_dir}: expected reconstructions.npz or results.csv with predictions, found neither")
    with drawing():
        figure = Figure(figsize=_SIZE, facecolor="white")
        count = 2 if (volumes or painted or generated) and scores else 1
        parts = figure.subfigures(1, count, squeeze=False, width_ratios=(1.12, 1)[:count])[0]
        if volumes:
            draw_brains(parts[0], volumes)
        elif painted:
            draw_headline(parts[0], painted)
        elif generated:
            draw_generated(parts[0], generated)
        if scores:
            _draw_scores(parts[-1], scores, _note(run), tuned=run.simulated is True)
        _save(figure, png_path)


def _save(figure: Figure, path: Path) -> None:
    with atomic_output(path) as temporary, temporary.open("wb") as handle:
        figure.savefig(handle, format="png", dpi=_DPI, metadata={"Software": None})


def _note(run: Run) -> str:
    brains = {True: "simulated brains", False: "real scans", None: "scans"}
    kind = brains[run.simulated] if run.has_scans else "simulated people" if run.simulated else "people"
    count = (run.cohort or {}).get("n")
    return f"{count} {kind}" if count is not None else kind


def _scores(findings: Sequence[Finding]) -> list[Score]:
    """Return the scores that fit: those with an original value first, in the order of the page."""
    scores = [
        finding
        for finding in at_a_glance(findings)
        if isinstance(finding, Score) and finding.term.family == "score"
    ]
    scores = [score for score in scores if score.adjustment not in HEAD_SIZE_OUT]
    ranked = sorted(scores, key=lambda score: math.isnan(score.original_value))[:_MOST_ROWS]
    return [score for score in scores if any(score is other for other in ranked)]


def _draw_scores(part: SubFigure, scores: list[Score], note: str, *, tuned: bool) -> None:
    axes = part.subplots(gridspec_kw={"left": 0.4, "right": 0.88, "top": 0.88, "bottom": 0.2})
    low, high = limits(scores)
    for place, score in enumerate(scores):
        if score.has_interval:
            axes.plot(
                [score.ci_low, score.ci_high],
                [place, place],
                color=ACCENT,
                linewidth=5,
                alpha=0.45,
                solid_capstyle="round",
                zorder=2,
            )
        if not math.isnan(score.baseline_value):
            axes.plot(
                [score.baseline_value] * 2, [place - 0.32, place + 0.42], color="#6b7783", linewidth=3, zorder=1
            )
        if not math.isnan(score.original_value):
            axes.plot(
                score.original_value,
                place + 0.27,
                "D",
                markersize=7,
                markerfacecolor="white",
                markeredgecolor=ORIGINAL,
                markeredgewidth=1.8,
                zorder=3,
            )
        hollow = is_hollow(score)
        axes.plot(
            score.value,
            place,
            "o",
            markersize=8 if hollow else 9,
            markerfacecolor="white" if hollow else ACCENT,
            markeredgecolor=ACCENT,
            markeredgewidth=2.2 if hollow else 0,
            zorder=4,
        )
        axes.annotate(
            number(score.value, "score"),
            (1.03, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9,
            fontweight="bold",
            annotation_clip=False,
        )
    # Marks of the legend stand outside the axis: no row of the run may serve as the example.
    axes.plot([], [], "o", color=ACCENT, markersize=8, label="this run, 95 % interval")
    axes.plot([], [], "|", color="#6b7783", markersize=11, markeredgewidth=3, label="baseline")
    axes.plot(
        [],
        [],
        "D",
        markersize=7,
        markerfacecolor="white",
        markeredgecolor=ORIGINAL,
        markeredgewidth=1.8,
        label="original work",
    )
    several = len(modalities(scores)) > 1
    names = [
        f"{title('target', score.target)} from\n"
        + features_words(score, score.modality if several else "", brief=True)
        for score in scores
    ]
    axes.set_yticks(range(len(scores)), names, fontsize=9, color=INK)
    axes.set_ylim(len(scores) - 0.35, -0.55)
    axes.set_xlim(low, high)
    measures = list(dict.fromkeys(score.term.words for score in scores))
    axes.set_xlabel(f"{' or '.join(measures)}; {note}", fontsize=9)
    notes = ["empty dot: cannot be told from its baseline"] if any(is_hollow(score) for score in scores) else []
    if tuned and any(not math.isnan(score.original_value) for score in scores):
        notes.append("the simulated effects were set so that diamonds are about met")
    for line, text in enumerate(reversed(notes)):
        part.text(0.98, 0.02 + 0.04 * line, text, ha="right", fontsize=8, color=MUTED)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    part.legend(
        *axes.get_legend_handles_labels(),
        loc="upper center",
        ncols=3,
        fontsize=8.5,
        handletextpad=0.2,
        columnspacing=1.0,
        bbox_to_anchor=(0.53, 0.99),
    )
