"""One brain at several ages in a row, beside the scan that it was."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.change_maps import compact, in_greys, letter, show
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, finer, mid_slice, window
from brainaging.pipeline.report.drawing.style import Picture, drawing

#: brains that fit side by side; of a longer film every so many are shown, the first and the last among them
MOST_AGES = 6
_WIDTH = 7.1


def age_row(arrays: Mapping[str, np.ndarray], mask: np.ndarray) -> Picture:
    """Return one brain as scanned and at several ages, side by side, in one grey scale.

    Args:
        arrays: scan (X, Y, Z), film (k, X, Y, Z) and film_ages (k,) in years, of edits.npz.
        mask: (X, Y, Z) bool, the brain, to which the picture is cropped.
    """
    ages, box = np.asarray(arrays["film_ages"], dtype=float), bounding_box(mask)
    film, scan = np.asarray(arrays["film"], dtype=float), np.asarray(arrays["scan"], dtype=float)
    chosen = _chosen(len(ages))
    shown = [("the scan", scan)] + [(f"{ages[index]:g} y", film[index]) for index in chosen]
    grey = window(np.stack([values for _, values in shown]), mask)
    planes = PLANES[:2]
    heights = [np.divide(*mid_slice(scan, plane, box).shape) for plane in planes]
    tile = min((_WIDTH - 0.1) / len(shown), 1.6)
    width, height = tile * len(shown) + 0.1, tile * sum(heights) + 0.3
    with drawing():
        canvas = Canvas(figsize=(width, height), facecolor="white")
        # a thin gap sets the scan itself apart from its edits
        edges = {"left": 0.005, "right": 0.995, "bottom": 0.005, "top": 1 - 0.25 / height}
        grid = canvas.subplots(
            2,
            len(shown) + 1,
            squeeze=False,
            gridspec_kw={
                "height_ratios": heights,
                "width_ratios": [1, 0.06] + [1] * len(chosen),
                "wspace": 0.02,
                "hspace": 0.02,
                **edges,
            },
        )
        for axes in grid[:, 1]:
            axes.set_axis_off()
        for column, (name, values) in zip(np.delete(grid, 1, axis=1).T, shown, strict=True):
            column[0].set_title(name, fontsize=9, loc="center")
            for axes, plane in zip(column, planes, strict=True):
                show(axes, in_greys(finer(mid_slice(values, plane, box)), grey))
        for axes, plane in zip(grid[:, 0], planes, strict=True):
            letter(axes, plane.left, plane.right)
        ages_shown = ", ".join(name for name, _ in shown[1:])
        return compact(canvas, f"One brain, axial and coronal slices: as scanned, and at {ages_shown}")


def _chosen(count: int) -> list[int]:
    """Return the places of at most MOST_AGES ages of ``count``: at equal steps where four or more can be."""
    for step in range(1, count):
        if (count - 1) % step == 0 and 4 <= (count - 1) // step + 1 <= MOST_AGES:
            return list(range(0, count, step))
    return sorted(set(np.linspace(0, count - 1, min(count, MOST_AGES)).round().astype(int).tolist()))
