"""aseg's structures on slices through the atlas' own brain: coronal, axial and one through the middle."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from brainaging.pipeline.report.drawing.slices import upright
from brainaging.pipeline.report.painted.paintable_atlases import ASEG, Region, atlas

# pixels a mm; two of them are averaged into one that is shown
_FINE = 6
# mm: label borders are stairs of 1 mm without it
_SMOOTH = 0.7
OUTSIDE, GREY, WHITE = 0, 1, 2
_CONTEXT = 3


@dataclass(frozen=True)
class Cut:
    """A slice in MNI152 mm: the axis that it cuts (0 x, 1 y, 2 z), where, and what part of the plane is shown.

    ``across`` and ``up`` are (low, high) of the two axes that remain; ``ends`` the letters at the picture's left
    and right, which stand on one slice of each kind.
    """

    name: str
    axis: int
    at: float
    across: tuple[float, float]
    up: tuple[float, float]
    ends: tuple[str, str] = ("", "")


# All windows are 108 mm by 90 mm, so that a mm is a mm on every tile.
CUTS = (
    Cut("coronal, y = 9", 1, 9.0, (-54.0, 54.0), (-46.0, 44.0), ("L", "R")),
    Cut("coronal, y = −21", 1, -21.0, (-54.0, 54.0), (-55.0, 35.0)),
    Cut("coronal, y = −58", 1, -58.0, (-54.0, 54.0), (-62.0, 28.0)),
    Cut("axial, z = 6", 2, 6.0, (-54.0, 54.0), (-55.0, 35.0), ("L", "R")),
    Cut("axial, z = −17", 2, -17.0, (-54.0, 54.0), (-60.0, 30.0)),
    Cut("sagittal, x = −1", 0, -1.0, (-74.0, 34.0), (-58.0, 32.0), ("P", "A")),
)
COLUMNS = 3


@dataclass(frozen=True)
class Slice:
    """A slice's pixels, top row first: ``labels`` (rows, columns) holds OUTSIDE, GREY, WHITE, or 3 + the index
    of a region in ``regions``."""

    regions: tuple[Region, ...]
    labels: np.ndarray


@cache
def cut(index: int) -> Slice:
    """Return slice ``index`` of :data:`CUTS`; the subject's left is on the left, the nose on the right."""
    volume, plane = atlas(ASEG), CUTS[index]
    regions = aseg_regions()
    codes = np.zeros(max(volume.regions) + 1, dtype=int)
    for label, region in volume.regions.items():
        if label in volume.cortical:
            codes[label] = GREY
        elif region in regions:
            codes[label] = _CONTEXT + regions.index(region)
        elif region.structure != "csf":
            codes[label] = WHITE
    voxel = round((plane.at - volume.affine[plane.axis, 3]) / volume.affine[plane.axis, plane.axis])
    flat = codes[np.take(volume.labels, voxel, axis=plane.axis)]
    axes = [axis for axis in range(3) if axis != plane.axis]
    places = []
    for axis, (low, high) in zip(axes, (plane.across, plane.up), strict=True):
        fine = np.arange(low, high, 1 / _FINE) + 0.5 / _FINE
        places.append((fine - volume.affine[axis, 3]) / volume.affine[axis, axis])
    grid = np.meshgrid(*places, indexing="ij")
    best, winner = np.full(grid[0].shape, -1.0), np.zeros(grid[0].shape, dtype=int)
    for code in np.unique(flat):
        soft = ndimage.gaussian_filter((flat == code).astype(np.float32), _SMOOTH)
        share = ndimage.map_coordinates(soft, grid, order=1, mode="constant", cval=float(code == OUTSIDE))
        winner = np.where(share > best, code, winner)
        best = np.maximum(share, best)
    return Slice(regions, upright(winner))


@cache
def aseg_regions() -> tuple[Region, ...]:
    """Return the regions of aseg: not the white matter, and not the fluid around the brain."""
    volume = atlas(ASEG)
    left_out = {"cerebral_white_matter", "wm_hypointensities", "non_wm_hypointensities", "csf"}
    return tuple(
        region
        for label, region in sorted(volume.regions.items())
        if label not in volume.cortical and region.structure not in left_out
    )


@cache
def visible_regions() -> frozenset[Region]:
    """Return the regions of which at least one slice shows a square millimetre or more."""
    seen = set()
    for index in range(len(CUTS)):
        counts = np.bincount(cut(index).labels.ravel(), minlength=_CONTEXT + len(aseg_regions()))
        seen |= {
            region for region, count in zip(aseg_regions(), counts[_CONTEXT:], strict=True) if count >= _FINE**2
        }
    return frozenset(seen)


def region_code(region: Region) -> int:
    """Return the label that :attr:`Slice.labels` gives ``region``."""
    return _CONTEXT + aseg_regions().index(region)
