"""One scan at several ages, and its change beside the true one: the README's picture of a demo."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.change_maps import (
    draw_bar,
    in_greys,
    letter,
    painted,
    shared_limit,
    show,
)
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, finer, mid_slice, window
from brainaging.pipeline.report.drawing.style import MUTED
from brainaging.pipeline.runtime import UserError

NEEDED = ("mask", "scan", "film", "film_ages", "predicted", "true", "span")
#: frames of the film: the first, one between, and the last
_FRAMES = 3
#: shares of the canvas: below the brains stands the caption, above them their headings
_BOTTOM, _TOP = 0.14, 0.87
_CAPTION = (
    "Left: one simulated scan, and the same brain at other ages by the edit that ships, which never saw it. "
    "Right: what {span:g} years change,\nby the edit and in truth; orange: darker, purple: brighter. Differences "
    "between people of different age, not a person's future."
)


def draw_edit(canvas: Canvas, arrays: Mapping[str, np.ndarray], age: float | None = None) -> None:
    """Draw one_edit.npz over the whole canvas: scan and film on the left, change and truth on the right.

    ``age`` is the scan's own, in years, where it is to be said.

    Raises:
        UserError: an array is missing.
    """
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UserError(f"one_edit.npz: expected arrays {', '.join(NEEDED)}; missing {', '.join(missing)}")
    mask = np.asarray(arrays["mask"]) > 0
    box, scan = bounding_box(mask), np.asarray(arrays["scan"], float)
    ages = np.asarray(arrays["film_ages"], float)
    frames = np.unique(np.linspace(0, len(ages) - 1, _FRAMES).round().astype(int))
    brains = {
        _named(age): scan,
        **{f"{ages[one]:g} years": np.asarray(arrays["film"][one], float) for one in frames},
    }
    changes = {"change by the edit": arrays["predicted"], "true change": arrays["true"]}
    grey, limit = window(np.stack(list(brains.values())), mask), shared_limit(list(changes.values()), mask)
    planes = PLANES[:2]
    heights = [float(np.divide(*mid_slice(scan, plane, box).shape)) for plane in planes]
    # thin columns part the scan from its film, and both from the changes
    widths = [1, 0.06, *[1] * len(frames), 0.16, 1, 1, 0.12]
    grid = canvas.subplots(
        len(planes),
        len(widths),
        squeeze=False,
        gridspec_kw={
            "width_ratios": widths,
            "height_ratios": heights,
            "left": 0.006,
            "right": 0.925,
            "bottom": _BOTTOM,
            "top": _TOP,
            "wspace": 0.03,
            "hspace": 0.03,
        },
    )
    for axes in np.concatenate([grid[:, 1], grid[:, 2 + len(frames)], grid[:, -1]]):
        axes.set_axis_off()
    columns = [0, *range(2, 2 + len(frames)), len(widths) - 3, len(widths) - 2]
    for column, (name, values) in zip(grid.T[columns], {**brains, **changes}.items(), strict=True):
        column[0].set_title(name, fontsize=9.5, loc="center")
        for axes, plane in zip(column, planes, strict=True):
            if name in changes:
                under = in_greys(finer(mid_slice(scan, plane, box)), grey)
                change = np.where(mask, np.asarray(values, float), 0.0)
                show(axes, painted(under, finer(mid_slice(change, plane, box)), limit))
            else:
                show(axes, in_greys(finer(mid_slice(values, plane, box)), grey))
            letter(axes, plane.left, plane.right)
    draw_bar(canvas.add_axes((0.915, 0.3, 0.008, 0.42)), limit, upright=True)
    canvas.text(
        0.006, 0.02, _CAPTION.format(span=float(arrays["span"])), fontsize=8.5, color=MUTED, linespacing=1.4
    )


def _named(age: float | None) -> str:
    return "the scan" if age is None else f"scan, {age:.0f} years"
