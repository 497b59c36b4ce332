"""Painted brains as PNG files for a paper: one file a comparison."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import drawing
from brainaging.pipeline.report.painted.maps import Map
from brainaging.pipeline.report.painted.paintable_atlases import ASEG
from brainaging.pipeline.report.painted.panel import draw_brain, panel_size
from brainaging.pipeline.runtime import atomic_output

FOLDER = "painted"
_DPI = 150
_HEADING = 0.3
# Half the time for a tenth more bytes.
_QUICK = {"compress_level": 3}
ATLAS_NAMES = {
    "desikan-killiany": "Desikan-Killiany",
    "dkt": "DKT, drawn in Desikan-Killiany's borders",
    "destrieux": "Destrieux",
    ASEG: "aseg",
}


def write_maps(folder: Path, maps: Mapping[str, Sequence[Map]]) -> list[tuple[str, str]]:
    """Write ``folder``/painted/<comparison>.png for every comparison; return (file, what it shows) of each.

    The same maps give the same bytes. What else the folder holds stays.
    """
    written = []
    taken: set[str] = set()
    for comparison, shown in maps.items():
        if not shown:
            continue
        name = file_name(comparison)
        while name in taken:
            name = f"{name}_"
        taken.add(name)
        _write(folder / FOLDER / f"{name}.png", shown)
        atlases = dict.fromkeys(ATLAS_NAMES[brain_map.atlas] for brain_map in shown)
        measures = dict.fromkeys(brain_map.measure for brain_map in shown)
        what = f"{shown[0].shows}: {', '.join(measures)} ({', '.join(atlases)})"
        written.append((f"{FOLDER}/{name}.png", what))
    return written


def file_name(comparison: str) -> str:
    """Return a comparison's name as a file name: letters, digits, ".", "+" and "-", the rest as underscores.

    >>> file_name("mean_../<22")
    'mean_.._22'
    """
    kept = (letter if letter.isascii() and (letter.isalnum() or letter in ".+-") else " " for letter in comparison)
    return "_".join("".join(kept).split()) or "map"


def _write(path: Path, maps: Sequence[Map]) -> None:
    width = max(panel_size(brain_map.atlas, brain_map.image)[0] for brain_map in maps)
    columns = 2 if len(maps) == 4 else min(3, len(maps))
    rows = [maps[start : start + columns] for start in range(0, len(maps), columns)]
    heights = [
        max(panel_size(brain_map.atlas, brain_map.image)[1] for brain_map in row) + _HEADING for row in rows
    ]
    with drawing():
        canvas = Canvas(figsize=(width * columns, sum(heights) + 0.35), facecolor="white")
        canvas.text(0.01, 1 - 0.12 / (sum(heights) + 0.35), maps[0].shows, va="top", fontsize=13)
        bottom = 0.0
        total = sum(heights) + 0.35
        for row, height in zip(reversed(rows), reversed(heights), strict=True):
            for place, brain_map in enumerate(row):
                tall = panel_size(brain_map.atlas, brain_map.image)[1]
                box = (place / columns, (bottom + height - _HEADING - tall) / total, 1 / columns, tall / total)
                draw_brain(canvas, brain_map.atlas, brain_map.image, brain_map.scale, box)
                canvas.text(
                    place / columns + 0.01,
                    (bottom + height - 0.06) / total,
                    f"{brain_map.heading} ({ATLAS_NAMES[brain_map.atlas]})",
                    va="top",
                    fontsize=10,
                    fontweight="bold",
                )
            bottom += height
        with atomic_output(path) as temporary, temporary.open("wb") as handle:
            canvas.savefig(handle, format="png", dpi=_DPI, metadata={"Software": None}, pil_kwargs=_QUICK)
