"""The one wide picture for a README: brains, reconstructed or painted, and what the run scored."""

import math
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from brainaging.pipeline.report.chapters.cohort import origin
from brainaging.pipeline.report.chapters.reconstructions import Volumes, check_volumes
from brainaging.pipeline.report.chapters.results import at_a_glance
from brainaging.pipeline.report.chapters.synthetic import draw_made
from brainaging.pipeline.report.drawing.dotplot import limits
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, mid_slice, window
from brainaging.pipeline.report.drawing.style import ACCENT, DIVERGING, INK, MUTED, ORIGINAL, drawing
from brainaging.pipeline.report.inputs import Run, read_run
from brainaging.pipeline.report.painted.headline import draw_headline, headline_map
from brainaging.pipeline.report.phrases import number, source, title
from brainaging.pipeline.report.selection import Row, parse_rows, variant
from brainaging.pipeline.runtime import UserError, atomic_output

# 9 inches at 200 dots: sharp at the 900 CSS pixels that GitHub gives a README.
_SIZE, _DPI = (9.0, 4.1), 200
_MOST_ROWS = 6


def summary_picture(out_dir: Path, png_path: Path) -> None:
    """Write one wide PNG (1800 × 820 pixels, white) of a run: brains on the left, scores on the right.

    Takes reconstructions.npz, or where there is none, a painted brain from regions.csv, or synthetic.npz; and
    results.csv of ``out_dir``. With one side missing the other fills the width.

    Raises:
        UserError: nothing of these files can be shown.
    """
    run = read_run(Path(out_dir))
    volumes = None if run.reconstructions is None else check_volumes(run.reconstructions)
    painted = None if volumes or run.regions is None else headline_map(run.regions)
    rows = [] if run.results is None else _rows(parse_rows(run.results))
    made = run.synthetic if volumes is None and painted is None else None
    if volumes is None and painted is None and made is None and not rows:
        raise UserError(f"{out_dir}: expected reconstructions.npz or results.csv with predictions, found neither")
    with drawing():
        figure = Figure(figsize=_SIZE, facecolor="white")
        count = 2 if (volumes or painted or made) and rows else 1
        parts = figure.subfigures(1, count, squeeze=False, width_ratios=(1.12, 1)[:count])[0]
        if volumes:
            _draw_brains(parts[0], volumes)
        elif painted:
            draw_headline(parts[0], painted)
        elif made:
            draw_made(parts[0], made)
        if rows:
            _draw_scores(parts[-1], rows, _note(run))
        with atomic_output(png_path) as temporary, temporary.open("wb") as handle:
            figure.savefig(handle, format="png", dpi=_DPI, metadata={"Software": None})


def _note(run: Run) -> str:
    if run.has_scans:
        kind = {"simulated": "simulated brains", "": "scans"}.get(origin(run.cohort), "real scans")
    else:
        kind = {"simulated": "simulated people"}.get(origin(run.cohort), "people")
    count = (run.cohort or {}).get("n")
    return f"{count} {kind}" if count is not None else kind


def _rows(rows: list[Row]) -> list[Row]:
    """Return the scores that fit: those with an original value first, in the order of the page."""
    scores = [row for row in at_a_glance(rows) if row.measure.family == "score" and not variant(row)]
    ranked = sorted(scores, key=lambda row: math.isnan(row.original_value))[:_MOST_ROWS]
    return [row for row in scores if any(row is other for other in ranked)]


def _short(row: Row, several: bool) -> str:
    name = source(row.text["features"], row.text["modality"] if several else "")
    return name if len(name) <= 24 else name.split(" (")[0]


def _draw_brains(part: SubFigure, volumes: Volumes) -> None:
    columns: list[tuple[str, np.ndarray, bool]] = [("Original", volumes.original, False)]
    for name in ("autoencoder", "pca"):
        if name in volumes.methods:
            made = volumes.methods[name]
            columns += [(title(name), made, False), ("its error", made - volumes.original, True)]
    middle = volumes.chosen()[len(volumes.chosen()) // 2][0]
    low, high = window(volumes.original, volumes.mask)
    limit, box = volumes.error_limit, bounding_box(volumes.mask)
    slices = [[mid_slice(values[middle], plane, box) for _, values, _ in columns] for plane in PLANES]
    heights = [row[0].shape[0] / row[0].shape[1] for row in slices]
    grid = part.subplots(
        len(PLANES),
        len(columns),
        squeeze=False,
        height_ratios=heights,
        gridspec_kw={"left": 0.02, "right": 0.98, "top": 0.88, "bottom": 0.1, "wspace": 0.05, "hspace": 0.05},
    )
    for axes_row, row, plane in zip(grid, slices, PLANES, strict=True):
        inside = mid_slice(volumes.mask, plane, box)
        for axes, image, (_, _, is_error) in zip(axes_row, row, columns, strict=True):
            axes.set_axis_off()
            if is_error:
                shown = np.where(inside, image, np.nan)
                axes.imshow(shown, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
            else:
                axes.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
        _letter(axes_row[0], plane.left, 0.03, "left")
        _letter(axes_row[0], plane.right, 0.97, "right")
    for axes, (name, _, is_error) in zip(grid[0], columns, strict=True):
        axes.set_title(
            name,
            fontsize=9,
            loc="center",
            color=MUTED if is_error else INK,
            fontweight="normal" if is_error else "bold",
        )
    part.text(
        0.5,
        0.025,
        f"A held-out scan. Errors: blue too dark, red too bright, ±{limit:.2g} normalised units",
        ha="center",
        fontsize=8.5,
        color=MUTED,
    )


def _letter(axes: Axes, letter: str, place: float, side: str) -> None:
    axes.text(place, 0.03, letter, transform=axes.transAxes, color="white", fontsize=7.5, ha=side, va="bottom")


def _draw_scores(part: SubFigure, rows: list[Row], note: str) -> None:
    axes = part.subplots(gridspec_kw={"left": 0.4, "right": 0.88, "top": 0.88, "bottom": 0.2})
    low, high = limits(rows)
    for place, row in enumerate(rows):
        if row.has_interval:
            axes.plot(
                [row.ci_low, row.ci_high],
                [place, place],
                color=ACCENT,
                linewidth=5,
                alpha=0.45,
                solid_capstyle="round",
                zorder=2,
            )
        if not math.isnan(row.baseline_value):
            axes.plot(
                [row.baseline_value] * 2, [place - 0.32, place + 0.42], color="#6b7783", linewidth=3, zorder=1
            )
        if not math.isnan(row.original_value):
            axes.plot(
                row.original_value,
                place + 0.27,
                "D",
                markersize=7,
                markerfacecolor="white",
                markeredgecolor=ORIGINAL,
                markeredgewidth=1.8,
                zorder=3,
            )
        hollow = row.verdict == "unclear"
        axes.plot(
            row.value,
            place,
            "o",
            markersize=8 if hollow else 9,
            markerfacecolor="white" if hollow else ACCENT,
            markeredgecolor=ACCENT,
            markeredgewidth=2.2 if hollow else 0,
            zorder=4,
        )
        axes.annotate(
            number(row.value, "score"),
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
    several = len({row.text["modality"] for row in rows}) > 1
    names = [f"{title(row.text['target'])} from\n{_short(row, several)}" for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=9, color=INK)
    axes.set_ylim(len(rows) - 0.35, -0.55)
    axes.set_xlim(low, high)
    measures = list(dict.fromkeys(row.measure.name for row in rows))
    axes.set_xlabel(f"{' or '.join(measures)}; {note}", fontsize=9)
    if any(row.verdict == "unclear" for row in rows):
        part.text(
            0.98, 0.025, "empty dot: cannot be told from its baseline", ha="right", fontsize=8.5, color=MUTED
        )
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
