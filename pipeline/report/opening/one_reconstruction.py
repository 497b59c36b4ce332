"""One held-out scan beside its reconstructions and their errors: the brains of summaries."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from brainaging.pipeline.report.chapters.reconstructions import Volumes
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, finer, mid_slice, window
from brainaging.pipeline.report.drawing.style import DIVERGING, INK, MUTED
from brainaging.pipeline.results import title

_COMPONENTS = {"pca": "PCA", "pca_flip": "PCA with flips"}


def draw_brains(part: SubFigure, volumes: Volumes) -> None:
    """Draw one held-out scan, its reconstructions and their errors, in three planes, into ``part``."""
    columns: list[tuple[str, np.ndarray, bool]] = [("Original", volumes.original, False)]
    # components that saw flipped scans, as the network did
    like = "pca_flip" if "pca_flip" in volumes.methods else "pca"
    for name, label in (("autoencoder", title("model", "autoencoder")), (like, _COMPONENTS[like])):
        if name in volumes.methods:
            values = volumes.methods[name]
            columns += [(label, values, False), ("its error", values - volumes.original, True)]
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
                shown = finer(np.where(inside, image, np.nan))
                axes.imshow(shown, cmap=DIVERGING, vmin=-limit, vmax=limit)
            else:
                axes.imshow(finer(image), cmap="gray", vmin=low, vmax=high)
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
