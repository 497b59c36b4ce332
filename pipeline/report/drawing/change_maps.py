"""Changes of intensity painted over the scan that they change: colours, a shared scale, and its bar."""

import io
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.figure import SubFigure
from PIL import Image

from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, finer, mid_slice, window
from brainaging.pipeline.report.drawing.style import Picture, data_uri, drawing, small_png
from brainaging.pipeline.report.painted.scale import OTHER_DIFFERENCE, difference_scale

UNIT = "change of intensity (white matter = 1)"
#: a change of this share of the scale's end hides the scan; a smaller one lets it through
_OPAQUE = 0.6
#: the grey on which the colour bar is painted: a brain's own, between grey and white matter
_BAR_GREY = 0.75
_WIDTH = 7.1
#: pixels an inch of a picture in the page, whose 96 are a CSS pixel each
_DPI = 130


def shared_limit(changes: Sequence[np.ndarray], mask: np.ndarray) -> float:
    """Return the end of a symmetric scale for ``changes``, each (X, Y, Z), inside ``mask`` (X, Y, Z).

    It is a round number at or above the 99.5th percentile of the absolute changes; 0.1 where nothing changes.
    """
    sizes = np.abs(np.concatenate([np.asarray(change, dtype=float)[mask] for change in changes]))
    sizes = sizes[np.isfinite(sizes)]
    largest = float(np.percentile(sizes, 99.5)) if sizes.size else 0.0
    return difference_scale([largest], UNIT).high if largest > 1e-6 else 0.1


def painted(grey: np.ndarray, change: np.ndarray, limit: float) -> np.ndarray:
    """Return colours (rows, columns, 3) of a change (rows, columns) over a slice in greys from 0 to 1.

    No change leaves the scan as it is; a loss is orange, a gain purple, in full colour from ``limit`` on. A change
    that is not finite is not painted.
    """
    share = np.clip(np.nan_to_num(np.asarray(change, dtype=float), posinf=0, neginf=0) / limit, -1, 1)
    # the map's pale middle would whiten the scan: small changes take a colour, and let the scan through
    strength = np.sign(share) * (0.55 + 0.45 * np.abs(share))
    colour = np.asarray(mpl.colormaps[OTHER_DIFFERENCE](0.5 + 0.42 * strength))[..., :3]
    cover = np.minimum(np.abs(share) / _OPAQUE, 1)[..., None]
    return np.clip(np.nan_to_num(grey), 0, 1)[..., None] * (1 - cover) + colour * cover


def in_greys(image: np.ndarray, grey: tuple[float, float]) -> np.ndarray:
    """Return a slice as greys from 0 to 1 in the window ``grey`` (black, white)."""
    return np.clip((np.asarray(image, dtype=float) - grey[0]) / max(grey[1] - grey[0], 1e-12), 0, 1)


def show(axes: Axes, image: np.ndarray) -> None:
    """Draw a slice, greys from 0 to 1 (rows, columns) or colours (rows, columns, 3)."""
    axes.imshow(image, cmap="gray", vmin=0, vmax=1, interpolation="bilinear")
    axes.set_axis_off()


def letter(axes: Axes, left: str, right: str) -> None:
    """Write which side is which into the lower corners of a slice."""
    for place, side, align in ((0.02, left, "left"), (0.98, right, "right")):
        axes.text(place, 0.02, side, transform=axes.transAxes, color="white", fontsize=8, ha=align, va="bottom")


def draw_bar(axes: Axes, limit: float, *, upright: bool = False) -> None:
    """Draw the scale of :func:`painted` from −``limit`` to ``limit``, over a brain's grey."""
    ramp = np.linspace(-limit, limit, 256)[None]
    image = painted(np.full(ramp.shape, _BAR_GREY), ramp, limit)
    ticks = [-limit, -limit / 2, 0.0, limit / 2, limit]
    names = [f"{tick:+.3g}".replace("-", "−") if tick else "0" for tick in ticks]
    axes.grid(visible=False)
    if upright:
        axes.imshow(image.transpose(1, 0, 2)[::-1], aspect="auto", extent=(0, 1, -limit, limit))
        axes.set_xticks([])
        axes.yaxis.tick_right()
        axes.yaxis.set_label_position("right")
        axes.set_yticks(ticks, names, fontsize=8)
        axes.set_ylabel(UNIT, fontsize=8.5)
    else:
        axes.imshow(image, aspect="auto", extent=(-limit, limit, 0, 1))
        axes.set_yticks([])
        axes.set_xticks(ticks, names, fontsize=8)
        axes.set_xlabel(UNIT, fontsize=8.5)
    axes.spines[:].set_visible(False)


def change_maps(scan: np.ndarray, changes: Mapping[str, np.ndarray], mask: np.ndarray, alt: str) -> Picture:
    """Return changes side by side over one scan: a column each, axial above coronal above sagittal slices.

    Args:
        scan: (X, Y, Z), what is under the colours.
        changes: name of the column to its change (X, Y, Z); all have one scale.
        mask: (X, Y, Z) bool, the brain: the picture is cropped to it, and nothing is painted outside.
        alt: text alternative.
    """
    box, grey, limit = bounding_box(mask), window(scan, mask), shared_limit(list(changes.values()), mask)
    rows = [mid_slice(scan, plane, box).shape for plane in PLANES]
    columns = len(changes)
    heights = [size[0] / size[1] for size in rows]
    width = min(_WIDTH, 2.1 * columns + 0.5)
    with drawing():
        canvas = Canvas(figsize=(width, (width - 0.1) / columns * sum(heights) + 0.95), facecolor="white")
        high = float(canvas.get_figheight()) - 0.55
        top, bottom = canvas.subfigures(2, 1, squeeze=False, height_ratios=(high, 0.55))[:, 0]
        grid = _tight(top, len(PLANES), columns, heights, high)
        for column, (name, change) in zip(grid.T, changes.items(), strict=True):
            column[0].set_title(name, fontsize=9, loc="center")
            inside = np.where(mask, change, 0.0)
            for axes, plane in zip(column, PLANES, strict=True):
                under = in_greys(finer(mid_slice(scan, plane, box)), grey)
                show(axes, painted(under, finer(mid_slice(inside, plane, box)), limit))
                letter(axes, plane.left, plane.right)
        share = min(3.6, width - 0.6) / width
        draw_bar(bottom.add_axes((0.5 - share / 2, 0.72, share, 0.24)), limit)
        return compact(canvas, f"{alt}; colours from −{limit:g} to {limit:g}")


def compact(canvas: Canvas, alt: str) -> Picture:
    """Return a figure of brains as a small PNG. Call inside drawing."""
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    drawn = np.asarray(Image.open(buffer).convert("RGB"))
    height, width = (round(size * 96 / _DPI) for size in drawn.shape[:2])
    return Picture(data_uri(small_png(drawn), "image/png"), alt, width, height)


def _tight(part: SubFigure, rows: int, columns: int, heights: Sequence[float], inches: float) -> np.ndarray:
    """Return axes (rows, columns) close together, below room for two lines of headings."""
    edges = {"left": 0.005, "right": 0.995, "bottom": 0.01, "top": 1 - 0.4 / inches}
    ratios = {"height_ratios": heights, "wspace": 0.02, "hspace": 0.02}
    return np.asarray(part.subplots(rows, columns, squeeze=False, gridspec_kw=ratios | edges))
