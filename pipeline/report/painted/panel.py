"""One painted brain as a picture: the brain, which side is which, and its colour bar."""

import io
from collections.abc import Collection, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.figure import SubFigure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from brainaging.pipeline.report.drawing.style import INK, MUTED, Picture, data_uri, drawing
from brainaging.pipeline.report.painted.paint import TITLE_ROWS, atlas_image, atlas_regions
from brainaging.pipeline.report.painted.paintable_atlases import ASEG, CORTICAL, Region, spelling
from brainaging.pipeline.report.painted.scale import Scale, difference_scale
from brainaging.pipeline.report.painted.subcortex import COLUMNS, CUTS
from brainaging.pipeline.runtime import UserError

NEEDED = ("structure", "hemisphere", "measure", "atlas", "value")
_DPI = 160
_WIDTH, _BAR = 4.9, 0.62
_NAMES = {
    "desikan-killiany": "cortex (Desikan-Killiany atlas)",
    "dkt": "cortex (DKT atlas, drawn in Desikan-Killiany's borders)",
    "destrieux": "cortex (Destrieux atlas)",
    "aseg": "structures below the cortex (aseg)",
}


def paint(table: pd.DataFrame, *, scale: Scale | None = None, strong: Collection[Region] | None = None) -> Picture:
    """Return a painted brain from a table with the columns structure, hemisphere, measure, atlas and value.

    Args:
        table: one measure of one atlas ("desikan-killiany", "dkt", "destrieux" or "aseg"), a row a region.
            Structures
            may be in any of FreeSurfer's spellings; hemisphere is "left", "right" or ""; NaN is no value.
        scale: from values to colours; symmetric about zero over the table's values if left out.
        strong: regions to outline, the others fade. If left out and the table has a column p_fwe with any number
            in it, those with p_fwe of at most 0.05.

    Raises:
        UserError: a column is missing, there are several measures or atlases, or it is no such atlas.
    """
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise UserError(f"expected the columns {', '.join(NEEDED)}; missing {', '.join(missing)}")
    for name in ("measure", "atlas"):
        names = list(dict.fromkeys(table[name]))
        if len(names) != 1:
            raise UserError(
                f"column {name}: expected one {name} to paint, found {', '.join(map(str, names)) or 'none'}"
            )
    values = region_values(table)
    if scale is None:
        scale = difference_scale(values.values(), str(table["measure"].iloc[0]))
    return brain(str(table["atlas"].iloc[0]), values, scale, significant(table) if strong is None else strong)


def region_values(table: pd.DataFrame) -> dict[Region, float]:
    """Return the table's values by region."""
    named = zip(table["structure"], table["hemisphere"], table["value"], strict=True)
    return {Region(spelling(str(structure)), str(side)): float(value) for structure, side, value in named}


def significant(table: pd.DataFrame) -> frozenset[Region] | None:
    """Return the regions whose p_fwe is at most 0.05; None where the table gives no p_fwe at all."""
    if "p_fwe" not in table or not table["p_fwe"].notna().any():
        return None
    return frozenset(region_values(table[table["p_fwe"] <= 0.05]))


def brain(
    name: str, values: Mapping[Region, float], scale: Scale, strong: Collection[Region] | None = None
) -> Picture:
    """Return atlas ``name`` painted with ``values`` and a colour bar; the text alternative names extremes."""
    return picture_of(
        name, atlas_image(name, values, scale, strong), scale, described(name, values, scale, strong)
    )


def picture_of(name: str, image: np.ndarray, scale: Scale, alt: str) -> Picture:
    """Return a painted brain (rows, columns, 3) with its sides' names and its colour bar as a picture."""
    width, height = panel_size(name, image)
    with drawing():
        canvas = Canvas(figsize=(width, height), dpi=_DPI, facecolor="white")
        draw_brain(canvas, name, image, scale, (0.0, 0.0, 1.0, 1.0))
        agg = FigureCanvasAgg(canvas)
        agg.draw()
    buffer = io.BytesIO()
    # Shaded brains as PNG weigh six times as much as WebP, which every browser shows.
    Image.fromarray(np.asarray(agg.buffer_rgba())[..., :3]).save(buffer, "webp", quality=90)
    size = (round(inches * 96) for inches in (width, height))
    return Picture(data_uri(buffer.getvalue(), "image/webp"), alt, *size)


def panel_size(name: str, image: np.ndarray) -> tuple[float, float]:
    """Return the width and height in inches of a painted brain with what stands around it."""
    return _WIDTH, _WIDTH * image.shape[0] / image.shape[1] + _BAR + _margin(name)


def draw_brain(
    canvas: Canvas | SubFigure, name: str, image: np.ndarray, scale: Scale, box: tuple[float, float, float, float]
) -> None:
    """Draw a painted brain, its sides' names and its colour bar into ``box`` (left, bottom, width, height)."""
    left, bottom, width, height = box
    inches = panel_size(name, image)[1]
    low, top = _BAR / inches, 1 - _margin(name) / inches
    axes = canvas.add_axes((left, bottom + low * height, width, (top - low) * height))
    axes.set_axis_off()
    axes.imshow(image, interpolation="antialiased")
    words: dict[str, Any] = {"color": MUTED, "fontsize": 8, "transform": axes.transAxes}
    if name == ASEG:
        title = TITLE_ROWS / image.shape[0]
        for index, plane in enumerate(CUTS):
            column, row = index % COLUMNS, index // COLUMNS
            text = f"{plane.name} mm" if row == 0 and column == 0 else plane.name
            middle = 1 - row / 2 - title / 2
            axes.text((column + 0.5) / COLUMNS, middle, text, ha="center", va="center", **words)
            for letter, place, side in zip(plane.ends, (0.04, 0.96), ("left", "right"), strict=True):
                axes.text((column + place) / COLUMNS, 0.515 - row / 2, letter, ha=side, va="bottom", **words)
    else:
        for place, hemisphere in ((0.25, "left"), (0.75, "right")):
            axes.text(place, 1.0, hemisphere, ha="center", va="bottom", **words)
        for place, side in ((0.76, "lateral"), (0.26, "medial")):
            axes.text(0.5, place, side, ha="center", va="center", rotation=90, **words)
    part = height / inches
    _draw_bar(canvas, scale, (left + 0.2 * width, bottom + 0.40 * part, 0.6 * width, 0.11 * part))


def _draw_bar(canvas: Canvas | SubFigure, scale: Scale, place: tuple[float, float, float, float]) -> None:
    """Draw a horizontal colour bar with its ticks, what its ends mean, and its label below."""
    axes = canvas.add_axes(place)
    mappable = mpl.cm.ScalarMappable(scale.norm, scale.colours)
    # small numbers are long: with more ticks they run into each other
    bar = canvas.colorbar(mappable, cax=axes, orientation="horizontal", ticks=MaxNLocator(6))
    bar.outline.set_visible(False)
    axes.grid(visible=False)
    axes.tick_params(length=2, pad=1.5, labelsize=8, which="both")
    if scale.logarithmic:
        axes.minorticks_off()
        ticks = _log_ticks(scale.low, scale.high)
        bar.set_ticks(ticks, labels=[f"{tick:,.10g}" for tick in ticks])
    axes.set_xlabel(scale.label, fontsize=8.5, labelpad=1.5)
    for side, words in zip((0, 1), scale.ends, strict=True):
        axes.text(
            (-0.055, 1.055)[side],
            0.5,
            words.replace(" ", "\n", 1),
            transform=axes.transAxes,
            ha=("right", "left")[side],
            va="center",
            fontsize=8,
            color=INK,
            linespacing=1.0,
        )


def described(name: str, values: Mapping[Region, float], scale: Scale, strong: Collection[Region] | None) -> str:
    """Return a painted brain in words: what is shown, the extremes, what is outlined and what is not on it."""
    there = {region: value for region, value in values.items() if np.isfinite(value)}
    shown = {region: value for region, value in there.items() if region in atlas_regions(name)}
    text = f"Painted {_NAMES.get(name, name)}, {scale.label}: {len(shown)} regions with a value"
    if shown:
        lowest, highest = (
            min(shown, key=lambda region: shown[region]),
            max(shown, key=lambda region: shown[region]),
        )
        text += f"; lowest {shown[lowest]:.3g} ({named(lowest)}), highest {shown[highest]:.3g} ({named(highest)})"
    if strong is not None:
        text += f"; {sum(region in strong for region in shown)} outlined"
    hidden = [named(region) for region in there if region not in shown]
    if hidden:
        text += f"; not on the picture: {', '.join(hidden)}"
    return text.replace("-", "−") + "."


def named(region: Region) -> str:
    """Return a region as a reader calls it: "left hippocampus"."""
    return f"{region.hemisphere} {region.structure.replace('_', ' ')}".strip()


def _margin(name: str) -> float:
    return 0.17 if name in CORTICAL else 0.0


def _log_ticks(low: float, high: float) -> list[float]:
    """Return about four ticks of 1, 2, 5 times a power of ten between two ends."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    wide = [10.0**power for power in powers]
    fine = [factor * step for step in wide for factor in (1, 2, 5)]
    for ticks in (wide, fine):
        inside = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(inside) >= 3:
            return inside
    return [float(f"{tick:.2g}") for tick in np.geomspace(low, high, 4)]
