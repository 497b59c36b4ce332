"""The picture of one edit for the command line: a scan, the scan edited, and the change between them."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.change_maps import draw_bar, in_greys, letter, painted, shared_limit, show
from brainaging.pipeline.report.drawing.film import brain_of, checked_volumes, film_gif
from brainaging.pipeline.report.drawing.slices import (
    PLANES,
    Plane,
    bounding_box,
    finer,
    grid_words,
    mid_slice,
    window,
)
from brainaging.pipeline.report.drawing.style import INK, MUTED, drawing
from brainaging.pipeline.runtime import atomic_output

__all__ = ["edit_picture", "film_gif"]

COLUMNS = ("scan", "edited", "change")
_DPI = 160
#: inches: the picture's width, the colour bar beside it, a line of words, a line of the title, the columns' names
_WIDTH, _BAR, _LINE, _TITLE, _NAMES = 7.0, 1.15, 0.21, 0.26, 0.36
#: letters that fit in a line of the title and of the words beneath
_TITLE_LETTERS, _LETTERS = 64, 98


def edit_picture(
    path: str | Path,
    before: np.ndarray,
    after: np.ndarray,
    change: np.ndarray,
    spacing: float,
    title: str,
    lines: Sequence[str],
) -> None:
    """Write a PNG: axial, coronal and sagittal slices (rows) of scan, edited scan and change (columns).

    Args:
        path: file to write.
        before: (X, Y, Z), the scan, in RAS with white matter at about 1.
        after: (X, Y, Z), the edited scan; both have one grey scale.
        change: (X, Y, Z), what is painted over the scan in the third column, on a scale symmetric about zero.
        spacing: mm a voxel.
        title: heading of the picture.
        lines: what was asked and what came, beneath the picture; long ones are wrapped.

    Raises:
        UserError: volumes have not one shape (X, Y, Z), or the spacing is no length.
    """
    scan, edited, moved = checked_volumes([before, after, change], spacing)
    mask = brain_of(np.stack([scan, edited]))
    box, grey = bounding_box(mask), window(np.stack([scan, edited]), mask)
    limit = shared_limit([moved], mask)
    widest = max(mid_slice(mask, plane, box).shape[1] for plane in PLANES)

    def cut(volume: np.ndarray, plane: Plane) -> np.ndarray:
        return finer(_centred(mid_slice(volume, plane, box), widest))

    heights = [mid_slice(mask, plane, box).shape[0] / widest * (_WIDTH - _BAR) / 3 for plane in PLANES]
    heading = textwrap.wrap(title, _TITLE_LETTERS)
    words = [part for line in lines for part in textwrap.wrap(line, _LETTERS)]
    head, foot = 0.12 + _TITLE * len(heading) + _NAMES, 0.2 + _LINE * (len(words) + 1)
    total = sum(heights) + head + foot
    with drawing():
        canvas = Canvas(figsize=(_WIDTH, total), facecolor="white")
        edges = {"left": 0.01, "right": 1 - _BAR / _WIDTH, "bottom": foot / total, "top": 1 - head / total}
        grid = canvas.subplots(
            3, 3, gridspec_kw={"height_ratios": heights, "wspace": 0.02, "hspace": 0.02, **edges}
        )
        for row, plane in zip(grid, PLANES, strict=True):
            under, over = (in_greys(cut(volume, plane), grey) for volume in (scan, edited))
            images = (under, over, painted(under, cut(moved, plane), limit))
            for axes, image in zip(row, images, strict=True):
                show(axes, image)
                letter(axes, plane.left, plane.right)
        for axes, name in zip(grid[0], COLUMNS, strict=True):
            axes.set_title(name, fontsize=10, loc="center")
        last_box = grid[1, 2].get_position()
        draw_bar(canvas.add_axes((last_box.x1 + 0.015, last_box.y0, 0.022, last_box.height)), limit, upright=True)
        _write(canvas, heading, 1 - 0.12 / total, _TITLE / total, size=12, weight="bold")
        _write(canvas, words, (foot - 0.1) / total, _LINE / total)
        note = f"Slices through the middle, {grid_words(spacing)}. L, R: left, right; P, A: back, front."
        _write(canvas, [note], (foot - 0.14 - _LINE * len(words)) / total, 0.0, size=8, colour=MUTED)
        with atomic_output(path) as temporary, temporary.open("wb") as handle:
            canvas.savefig(handle, format="png", dpi=_DPI, metadata={"Software": None})


def _write(
    canvas: Canvas,
    lines: Sequence[str],
    top: float,
    step: float,
    *,
    size: float = 9,
    weight: str = "normal",
    colour: str = INK,
) -> None:
    """Write lines from ``top`` down by ``step``, both in shares of the picture's height."""
    for index, line in enumerate(lines):
        canvas.text(
            0.012, top - step * index, line, fontsize=size, fontweight=weight, color=colour, va="top", ha="left"
        )


def _centred(image: np.ndarray, columns: int) -> np.ndarray:
    """Return a slice widened to ``columns`` by background: a millimetre is as long in every plane."""
    left = (columns - image.shape[1]) // 2
    return np.pad(image, ((0, 0), (left, columns - image.shape[1] - left)))
