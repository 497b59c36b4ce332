"""Values of regions on brains: four views of the cortex, or six slices through the structures below it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.colors import to_rgb

from brainaging.pipeline.report.drawing.style import INK
from brainaging.pipeline.report.painted.cortex import parcels
from brainaging.pipeline.report.painted.mesh import HEMISPHERES
from brainaging.pipeline.report.painted.paintable_atlases import ASEG, CORTICAL, Region, spelling
from brainaging.pipeline.report.painted.scale import Scale
from brainaging.pipeline.report.painted.subcortex import (
    COLUMNS,
    CUTS,
    GREY,
    WHITE,
    aseg_regions,
    cut,
    region_code,
    visible_regions,
)
from brainaging.pipeline.report.painted.views import view, views
from brainaging.pipeline.runtime import UserError

_NO_VALUE, _GREY_MATTER, _WHITE_MATTER = "#bfc6cd", "#e3e7eb", "#f6f7f8"
_BORDER = 0.45
# pixels before halving
_THICK = 4
# pixels after halving: the room above a slice, and on its sides
TITLE_ROWS, _GAP = 34, 6
# The share of its colour that a region keeps which is not among the strong ones.
_PALE = 0.38


@dataclass(frozen=True)
class _Tile:
    """A view's labels by pixel, and which pixels are on a border: thinly, and within a thick line."""

    labels: np.ndarray
    thin: np.ndarray
    thick: np.ndarray


def atlas_image(
    name: str, values: Mapping[Region, float], scale: Scale, strong: Collection[Region] | None = None
) -> np.ndarray:
    """Return a picture (rows, columns, 3) from 0 to 1, white around the brains, with ``values`` on their regions.

    Args:
        name: "desikan-killiany", "dkt" or "destrieux" for the cortex (lateral above medial, left hemisphere
            on the left),
            "aseg" for slices.
        values: by region (structures in any of FreeSurfer's spellings); regions without a finite value are grey.
        scale: from values to colours.
        strong: regions to outline; the others' colours fade. None fades and outlines nothing.

    Raises:
        UserError: no such atlas.
    """
    values = {_normal(region): float(value) for region, value in values.items() if np.isfinite(value)}
    outlined = {_normal(region) for region in strong} if strong is not None else None
    if name == ASEG:
        return _slices(values, scale, outlined)
    if name not in CORTICAL:
        raise UserError(f"atlas expected one of {', '.join((*CORTICAL, ASEG))}, found {name!r}")
    tiles = []
    for hemisphere, side in views():
        seen, tile = view(hemisphere, side), _cortex_tile(name, hemisphere, side)
        colours, lines = _colours(parcels(name, hemisphere).regions, values, scale, outlined)
        # Label 0 is outside or on the medial wall.
        table = np.vstack([[to_rgb(_NO_VALUE)], colours]).astype(np.float32)
        image = table[tile.labels] * seen.shade[..., None]
        _draw_borders(image, tile, np.concatenate([[False], lines]))
        image[~seen.inside] = 1.0
        tiles.append(_halved(image))
    return np.vstack([np.hstack(tiles[:2]), np.hstack(tiles[2:])])


def atlas_regions(name: str) -> frozenset[Region]:
    """Return the regions of an atlas that its picture shows."""
    if name == ASEG:
        return visible_regions()
    return frozenset(region for hemisphere in HEMISPHERES for region in parcels(name, hemisphere).regions)


@cache
def _cortex_tile(name: str, hemisphere: str, side: str) -> _Tile:
    seen = view(hemisphere, side)
    labels = seen.labels(parcels(name, hemisphere).labels)
    bordered = np.where(seen.inside, labels.astype(int), -1)
    return _Tile(labels, _edge(bordered, 1), _edge(bordered, _THICK) & seen.inside)


@cache
def _slice_tile(index: int, first: int) -> _Tile:
    """Return a slice whose borders are those of the structures only: labels from ``first`` on."""
    labels = cut(index).labels
    return _Tile(labels, _edge(labels, 1) & (_highest(labels) >= first), _edge(labels, _THICK))


def _normal(region: Region) -> Region:
    return Region(spelling(region[0]), region[1])


def _slices(values: Mapping[Region, float], scale: Scale, strong: Collection[Region] | None) -> np.ndarray:
    regions = aseg_regions()
    colours, lines = _colours(regions, values, scale, strong)
    first = region_code(regions[0])
    table = np.ones((first, 3))
    table[GREY], table[WHITE] = to_rgb(_GREY_MATTER), to_rgb(_WHITE_MATTER)
    table, lines = np.vstack([table, colours]), np.concatenate([np.zeros(first, dtype=bool), lines])
    tiles = []
    for index in range(len(CUTS)):
        tile = _slice_tile(index, first)
        image = table.astype(np.float32)[tile.labels]
        _draw_borders(image, tile, lines)
        # Room for the slice's name above it.
        tiles.append(np.pad(_halved(image), ((TITLE_ROWS, 0), (_GAP, _GAP), (0, 0)), constant_values=1.0))
    return np.vstack([np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)])


def _colours(
    regions: Collection[Region], values: Mapping[Region, float], scale: Scale, strong: Collection[Region] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the colour (n, 3) of each region, and which (n,) are outlined."""
    shown = np.array([values.get(region, np.nan) for region in regions])
    there = np.isfinite(shown)
    colours = np.tile(to_rgb(_NO_VALUE), (len(shown), 1))
    colours[there] = scale.rgb(shown[there])
    lines = np.zeros(len(shown), dtype=bool)
    if strong is not None:
        lines = there & np.array([region in strong for region in regions])
        pale = there & ~lines
        colours[pale] = _PALE * colours[pale] + (1 - _PALE) * 0.97
    return colours, lines


def _draw_borders(image: np.ndarray, tile: _Tile, strong: np.ndarray) -> None:
    """Darken the borders between regions in place: thin ones everywhere, thick ones inside outlined regions."""
    image[tile.thin] *= _BORDER
    image[tile.thick & strong[tile.labels]] = to_rgb(INK)


def _edge(labels: np.ndarray, width: int) -> np.ndarray:
    """Return the pixels within ``width`` pixels across or along of another label."""
    borders = np.zeros(labels.shape, dtype=bool)
    for step in range(1, width + 1):
        for axis in (0, 1):
            ahead = [slice(None), slice(None)]
            behind = [slice(None), slice(None)]
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            differ = labels[tuple(ahead)] != labels[tuple(behind)]
            borders[tuple(behind)] |= differ
            if width > 1:
                borders[tuple(ahead)] |= differ
    return borders


def _highest(labels: np.ndarray) -> np.ndarray:
    """Return the larger label of each pixel and its neighbours below and to the right."""
    thickened = labels.copy()
    thickened[:-1] = np.maximum(thickened[:-1], labels[1:])
    thickened[:, :-1] = np.maximum(thickened[:, :-1], labels[:, 1:])
    return thickened


def _halved(image: np.ndarray) -> np.ndarray:
    """Average blocks of two by two pixels."""
    rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    even = image[:rows:2] + image[1:rows:2]
    return (even[:, :columns:2] + even[:, 1:columns:2]) / 4
