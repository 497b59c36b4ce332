"""Group maps as one picture: effects on slices of the mean brain, and FreeSurfer's effects beside them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.data.freesurfer_atlases import ASEG, DESIKAN_KILLIANY
from brainaging.pipeline.maps.region_effects import FLUID, TISSUE
from brainaging.pipeline.maps.voxel_maps import LEVEL, EffectMap, GroupMaps
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, upright, window
from brainaging.pipeline.report.drawing.style import INK, MUTED, drawing
from brainaging.pipeline.report.painted.group_effects import LABELS, VOXEL_ENDS, effect_scale
from brainaging.pipeline.report.painted.scale import Scale
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import GridSpec

#: that a map is no prediction for anyone
COHORT_ONLY = "These are differences between people of a cohort, not one person's future."
TITLES = {
    "age": "Older minus younger, of the same sex and head size",
    "sex": "Men minus women, at the same age and head size",
}
#: MNI152 mm along each plane's axis
CUTS = {"axial": (-22.0, -2.0, 18.0, 42.0), "coronal": (-24.0, 8.0), "sagittal": (2.0,)}
_SMALL_PRINT: dict[str, Any] = {"color": MUTED, "fontsize": 8.5, "va": "top"}


def write_picture(
    path: Path,
    maps: GroupMaps,
    mean: np.ndarray,
    grid: GridSpec,
    regions: pd.DataFrame | None = None,
    agreement: pd.DataFrame | None = None,
) -> None:
    """Write ``path`` (PNG): each effect on slices of the mean brain, significant voxels outlined.

    Args:
        path: of the picture.
        maps: what is shown.
        mean: (X, Y, Z) mean brain of the cohort.
        grid: of both.
        regions: with a column morphometry; a scatter beside each map where it is given.
        agreement: correlations to stand above the scatter.
    """
    with_scatter = regions is not None and agreement is not None
    width, tall = (14.0 if with_scatter else 11.0), 3.1
    total = 2 * tall + 0.8
    with drawing():
        canvas = Canvas(figsize=(width, total), facecolor="white")
        for row, (name, effect_map) in enumerate(maps.items()):
            top = 1 - row * tall / total
            canvas.text(0.012, top - 0.1 / total, TITLES[name], va="top", fontsize=13, fontweight="bold")
            canvas.text(0.012, top - 0.36 / total, _significance(maps, name, effect_map), **_SMALL_PRINT)
            bottom = (total - (row + 1) * tall) / total
            room = (10.7 if with_scatter else 10.8) / width
            _slices(canvas, effect_map, name, maps.mask, mean, grid, (0.012, bottom, room, (tall - 0.76) / total))
            if regions is not None and agreement is not None:
                axes = canvas.add_axes((11.5 / width, bottom + 0.62 / total, 2.3 / width, (tall - 1.15) / total))
                _scatter(axes, name, regions[regions["comparison"] == name], agreement)
                if row:
                    small: dict[str, Any] = {"ncols": 3, "fontsize": 7.5, "handletextpad": 0, "columnspacing": 0.8}
                    where = (12.6 / width, 0.62 / total)
                    handles, labels = axes.get_legend_handles_labels()
                    canvas.legend(handles, labels, loc="upper center", bbox_to_anchor=where, **small)
        canvas.text(0.012, 0.66 / total, _caption(maps), linespacing=1.45, **_SMALL_PRINT)
        with atomic_output(path) as temporary, temporary.open("wb") as handle:
            canvas.savefig(handle, format="png", dpi=150, metadata={"Software": None})


def _slices(
    canvas: Canvas,
    effect_map: EffectMap,
    name: str,
    mask: np.ndarray,
    mean: np.ndarray,
    grid: GridSpec,
    place: tuple[float, float, float, float],
) -> None:
    """Draw the effect on every cut into ``place`` (left, bottom, width, height), and its colour bar below."""
    box = bounding_box(mask)
    shown = [(plane, at) for plane in PLANES for at in CUTS[plane.name]]
    sizes = []
    for plane, _ in shown:
        across, up = (axis for axis in range(3) if axis != plane.axis)
        sizes.append((box[across].stop - box[across].start, box[up].stop - box[up].start))
    left, bottom, width, height = place
    wide, tall = sum(size[0] for size in sizes), max(size[1] for size in sizes)
    inches = canvas.get_size_inches()
    bar_room = 0.52 / inches[1]
    scale = effect_scale(name, [float(np.percentile(np.abs(effect_map.effect[mask]), 99.5))], VOXEL_ENDS[name])
    layers = _Layers(effect_map, mask, mean, box, scale, window(mean, mask))
    unit = min(width * inches[0] / wide, (height - bar_room) * inches[1] / tall)
    start = left
    lettered: set[str] = set()
    for (plane, at), size in zip(shown, sizes, strict=True):
        share = (size[0] * unit / inches[0], size[1] * unit / inches[1])
        axes = canvas.add_axes((start, bottom + bar_room, *share))
        start += share[0]
        axes.set_axis_off()
        _draw_cut(axes, layers, plane.axis, _voxel(grid, plane.axis, at))
        axes.set_title(
            f"{'xyz'[plane.axis]} = {at:.0f} mm".replace("-", "−"),
            fontsize=8,
            color=MUTED,
            pad=2,
            loc="center",
            fontweight="normal",
        )
        ends = () if plane.name in lettered else ((plane.left, 0.05), (plane.right, 0.95))
        lettered.add(plane.name)
        for letter, where in ends:
            axes.text(where, 0.03, letter, transform=axes.transAxes, color=MUTED, fontsize=8, ha="center")
    _bar(canvas, scale, (left + 0.34 * width, bottom + 0.36 / inches[1], 0.32 * width, 0.1 / inches[1]))


def _voxel(grid: GridSpec, axis: int, at: float) -> int:
    return round((at - grid.affine[axis, 3]) / grid.affine[axis, axis])


@dataclass(frozen=True)
class _Layers:
    """What lies on a cut: an effect in its scale's colours over the mean brain in a grey window; both in a box."""

    effect_map: EffectMap
    mask: np.ndarray
    mean: np.ndarray
    box: tuple[slice, ...]
    scale: Scale
    grey: tuple[float, float]


def _draw_cut(axes: Axes, layers: _Layers, axis: int, voxel: int) -> None:
    effect_map, grey = layers.effect_map, layers.grey
    index: list[Any] = list(layers.box)
    index[axis] = voxel
    cut = tuple(index)
    brain, inside = upright(layers.mean[cut]), upright(layers.mask[cut])
    effect, strong = upright(effect_map.effect[cut]), upright(effect_map.significant[cut])
    share = np.clip((brain - grey[0]) / max(grey[1] - grey[0], 1e-9), 0, 1)
    # white around the head, and room for colours: tissue is a light grey at most
    base = mpl.colormaps["gray"](0.12 + 0.8 * share)[..., :3]
    colours = layers.scale.rgb(effect.ravel()).reshape(*effect.shape, 3)
    # what is not significant is faint where t is small, and never hidden (Taylor et al. 2023, NeuroImage 274)
    bound = effect_map.critical if np.isfinite(effect_map.critical) else float(np.abs(effect_map.t).max() or 1.0)
    opacity = np.where(strong, 0.9, 0.8 * np.clip(np.abs(upright(effect_map.t[cut])) / bound, 0, 1) ** 2)[
        ..., None
    ]
    image = np.where(inside[..., None], opacity * colours + (1 - opacity) * base, 1.0)
    axes.imshow(image, interpolation="nearest", aspect="equal")
    _outline(axes, strong & inside)


def _outline(axes: Axes, there: np.ndarray) -> None:
    """Draw the borders of a picture mask along its pixels' edges."""
    padded = np.pad(there, 1)
    rows, columns = np.nonzero(padded[1:] != padded[:-1])
    across = [((x - 1.5, y - 0.5), (x - 0.5, y - 0.5)) for y, x in zip(rows, columns, strict=True)]
    rows, columns = np.nonzero(padded[:, 1:] != padded[:, :-1])
    down = [((x - 0.5, y - 1.5), (x - 0.5, y - 0.5)) for y, x in zip(rows, columns, strict=True)]
    axes.add_collection(mpl.collections.LineCollection(across + down, colors=INK, linewidths=0.9))


def _bar(canvas: Canvas, scale: Scale, place: tuple[float, float, float, float]) -> None:
    axes = canvas.add_axes(place)
    bar = canvas.colorbar(mpl.cm.ScalarMappable(scale.norm, scale.colours), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    axes.grid(visible=False)
    axes.tick_params(length=2, pad=1.5, labelsize=8)
    axes.set_xlabel(scale.label, fontsize=8.5, labelpad=1)
    for where, side, words in ((-0.02, "right", scale.ends[0]), (1.02, "left", scale.ends[1])):
        axes.text(where, 0.5, words, transform=axes.transAxes, ha=side, va="center", fontsize=8.5)


def _scatter(axes: Axes, name: str, rows: pd.DataFrame, agreement: pd.DataFrame) -> None:
    both = rows[rows["morphometry"].notna()]
    groups = (
        ("cortex", both["atlas"] == DESIKAN_KILLIANY, "o", "#0072B2"),
        ("below the cortex", (both["atlas"] == ASEG) & ~both["structure"].isin(FLUID), "^", "#D55E00"),
        ("ventricles", both["structure"].isin(FLUID), "s", "#7a7a7a"),
    )
    for label, which, marker, colour in groups:
        part = both[which]
        axes.scatter(part["morphometry"], part["value"], s=14, marker=marker, color=colour, label=label, lw=0)
    axes.axhline(0, color=MUTED, lw=0.6)
    axes.axvline(0, color=MUTED, lw=0.6)
    axes.set_xlabel(f"volume by FreeSurfer,\n{LABELS[name]}", fontsize=8)
    axes.set_ylabel("mean voxel of the region", fontsize=8)
    axes.tick_params(labelsize=8)
    tissue = agreement[(agreement["comparison"] == name) & (agreement["over"] == TISSUE)].iloc[0]
    title = f"r = {tissue['pearson']:.2f} over {tissue['n']} tissue regions".replace("-", "−")
    axes.set_title(title, fontsize=9)


def _significance(maps: GroupMaps, name: str, effect_map: EffectMap) -> str:
    count = int((effect_map.significant & maps.mask).sum())
    bound = f" (|t| > {effect_map.critical:.2f})" if np.isfinite(effect_map.critical) else ""
    if not count:
        return f"No voxel of the brain is significant{bound}."
    return f"{count:,} of the brain's {maps.mask.sum():,} voxels, {maps.share(name):.1%}, are significant{bound}."


def _caption(maps: GroupMaps) -> str:
    groups = "families" if maps.families < maps.people else "people"
    return (
        f"Colour: adjusted effect on T1w intensity; the smaller |t|, the fainter. Outlined: p ≤ {LEVEL:g}, "
        "corrected for all voxels by the largest |t|.\n"
        f"{maps.people} scans of {maps.families} {groups}, {maps.permutations} permutations that respect "
        "families. Grey: the cohort's mean brain. The subject's left (L) is on the left.\n"
        f"{COHORT_ONLY}"
    )
