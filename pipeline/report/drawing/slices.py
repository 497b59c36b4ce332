"""Volumes in RAS as pictures: mid-slices in neurological convention, windows, crops, outlines."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure as Canvas
from scipy import ndimage

from brainaging.pipeline.report.drawing.style import Picture, drawing, pixels

# A slice is drawn with at least and at most about this many pixels on its longer side: of 192 mm at most, so that
# a pixel is 2 mm or less.
FEWEST, MOST = 112, 160


@dataclass(frozen=True)
class Plane:
    """A cutting plane of an RAS volume: the axis across it, and the letters at the picture's left and right."""

    name: str
    axis: int
    left: str
    right: str


# Neurological convention: the subject's left is on the picture's left.
PLANES = (Plane("axial", 2, "L", "R"), Plane("coronal", 1, "L", "R"), Plane("sagittal", 0, "P", "A"))
CONVENTION = (
    "Neurological convention: the subject's left (L) is on the left; "
    "on sagittal slices the nose is on the right (A)."
)


def upright(slice_: np.ndarray) -> np.ndarray:
    """Turn a slice of an RAS volume (X, Y), (X, Z) or (Y, Z) into picture rows, top first, and columns."""
    return slice_.T[::-1]


def mid_slice(volume: np.ndarray, plane: Plane, box: tuple[slice, ...], at: int | None = None) -> np.ndarray:
    """Return a plane's slice of ``volume`` (X, Y, Z), cropped to ``box``, as picture rows and columns.

    ``at`` is the index along the plane's axis; None takes the middle of the box.
    """
    index: list[slice | int] = list(box)
    span = box[plane.axis]
    index[plane.axis] = (span.start + span.stop) // 2 if at is None else at
    return upright(volume[tuple(index)])


def bounding_box(mask: np.ndarray, margin: int = 1) -> tuple[slice, ...]:
    """Return the slices that hold every true voxel of ``mask`` and ``margin`` more; everything where none is."""
    if not mask.any():
        return tuple(slice(0, size) for size in mask.shape)
    box = []
    for axis, size in enumerate(mask.shape):
        filled = np.flatnonzero(mask.any(axis=tuple(across for across in range(mask.ndim) if across != axis)))
        box.append(slice(max(int(filled[0]) - margin, 0), min(int(filled[-1]) + 1 + margin, size)))
    return tuple(box)


def window(volumes: np.ndarray, mask: np.ndarray | None = None) -> tuple[float, float]:
    """Return the grey window (black, white): from the background's level to the brain's 99.5th percentile."""
    values = np.asarray(volumes, dtype=float)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return (0.0, 1.0)
    inside = np.asarray(volumes, dtype=float)[..., mask] if mask is not None and mask.any() else values
    return (float(min(np.percentile(values, 1), 0.0)), float(np.nanpercentile(inside, 99.5)))


def grid_words(spacing: float) -> str:
    """Return which grid a picture's volumes have, and that a coarse one (over 2 mm) is drawn finer than it is."""
    drawn = ", drawn finer by smooth interpolation" if spacing > 2 else ""
    return f"a grid of {spacing:g} mm{drawn}"


def finer(image: np.ndarray, fewest: int = FEWEST) -> np.ndarray:
    """Return a slice (rows, columns) interpolated by cubic splines to ``fewest`` pixels a side or more.

    For display alone: nothing is seen that the grid does not hold. Values stay in the slice's own range; where it
    is not finite it stays so.
    """
    factor = -(-fewest // max(image.shape))
    if factor <= 1:
        return image
    there = np.isfinite(image)
    if not there.any():
        return image.repeat(factor, axis=0).repeat(factor, axis=1)
    values = np.where(there, image, 0.0).astype(float)
    smooth = ndimage.zoom(values, factor, order=3, mode="nearest", grid_mode=True)
    smooth = np.clip(smooth, image[there].min(), image[there].max())
    if there.all():
        return np.asarray(smooth)
    inside = ndimage.zoom(there.astype(float), factor, order=1, mode="nearest", grid_mode=True) > 0.5
    return np.where(inside, smooth, np.nan)


def resized(image: np.ndarray, fewest: int = FEWEST, most: int = MOST) -> np.ndarray:
    """Interpolate a picture, or average it in blocks, until its longer side has ``fewest`` to ``most`` pixels."""
    longest = max(image.shape)
    if longest < fewest:
        return finer(image, fewest)
    factor = -(-longest // most)
    if factor == 1:
        return image
    rows, columns = (size // factor for size in image.shape)
    blocks = image[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor)
    return blocks.mean(axis=(1, 3))


def tile(image: np.ndarray, alt: str, *, cmap: str, low: float, high: float) -> Picture:
    """Return one slice as a PNG picture of a handy size."""
    return pixels(resized(np.asarray(image, dtype=float)), alt, cmap=cmap, low=low, high=high)


def outline(mask: np.ndarray) -> str:
    """Return the outline of a picture mask as an SVG path in units of its pixels (x right, y down)."""
    if not mask.any() or min(mask.shape) < 2:
        return ""
    padded = np.pad(mask.astype(float), 1)
    with drawing():
        contours = Canvas().subplots().contour(padded, levels=[0.5])
        letters = {1: "M", 2: "L"}
        parts = []
        for path in contours.get_paths():
            for (x, y), code in path.iter_segments(curves=False, simplify=False):
                # Vertices stand on pixel centres of the padded mask.
                parts.append("Z" if code == path.CLOSEPOLY else f"{letters[int(code)]}{x - 0.5:.2f} {y - 0.5:.2f}")
    return "".join(parts)
