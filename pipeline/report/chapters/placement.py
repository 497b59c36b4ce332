"""Where every scan landed on the template: mid-slices under the template's outline, with Dice."""

from collections.abc import Mapping

import numpy as np

from brainaging.pipeline.report.drawing.slices import CONVENTION, PLANES, Plane, finer, outline, upright, window
from brainaging.pipeline.report.drawing.style import pixels
from brainaging.pipeline.report.phrases import number
from brainaging.pipeline.report.sections import Content
from brainaging.pipeline.runtime import UserError

MOST_SCANS = 40
CAPTION = (
    "Each strip is one scan on the grid (axial, coronal, sagittal; the middle slices), under the outline of the "
    "template's brain mask in orange. A scan that landed well fills the outline; a tilted, shifted or wrongly "
    "scaled one crosses it. Dice is the overlap of the scan's brain with the template's, from 0 (none) to 1 (the "
    "same); the strips stand from the lowest to the highest. Numbers count the scans of this run and are "
    "nobody's identity. "
)


def placement_content(arrays: Mapping[str, np.ndarray]) -> Content:
    """Return the section of placements from placement.npz.

    Args:
        arrays: slices axial (k, X, Y), coronal (k, X, Z) and sagittal (k, Y, Z); the template's mask as
            mask_axial, mask_coronal and mask_sagittal; dice, the shown scans' first.

    Raises:
        UserError: an array is missing or has another shape.
    """
    slices = {plane.name: _slices(arrays, plane)[:MOST_SCANS] for plane in PLANES}
    k = len(slices["axial"])
    dice = np.atleast_1d(np.asarray(arrays.get("dice", np.full(k, np.nan)), dtype=float))
    if len(dice) < k:
        raise UserError(f"placement.npz: dice expected {k} values, found {len(dice)}")
    total = len(dice)
    dice = dice[:k]
    outlines = {plane.name: upright(_mask(arrays, plane, slices[plane.name].shape[1:])) for plane in PLANES}
    strips = []
    # Worst first: that is where a reader must look. NaN sorts to the end.
    for index in np.argsort(dice, kind="stable"):
        images = [upright(slices[plane.name][index]) for plane in PLANES]
        shown = number(float(dice[index]), "score") or "not computed"
        alt = f"Scan {index + 1} on the template, axial, coronal and sagittal slice, Dice {shown}"
        low, high = window(np.concatenate([image.ravel() for image in images]))
        strip = np.full((max(image.shape[0] for image in images), sum(image.shape[1] for image in images)), low)
        left = 0
        for image in images:
            strip[: image.shape[0], left : left + image.shape[1]] = image
            left += image.shape[1]
        strips.append(
            {
                "picture": pixels(_halved(strip), alt, cmap="gray", low=low, high=high),
                "name": f"Scan {index + 1}",
                "dice": shown,
            }
        )
    paths, left = [], 0
    for plane in PLANES:
        paths.append({"left": left, "path": outline(outlines[plane.name])})
        left += outlines[plane.name].shape[1]
    height = max(image.shape[0] for image in outlines.values())
    measured = dice[np.isfinite(dice)]
    facts = [("Scans shown", f"{k} of {total}" if total > k else str(k))]
    if measured.size:
        facts.append(("Dice with the template", f"lowest {measured.min():.3f}, median {np.median(measured):.3f}"))
    letters = [(plane.left, plane.right) for plane in PLANES]
    extra = {
        "strips": strips,
        "paths": paths,
        "width": left,
        "height": height,
        "caption": CAPTION + CONVENTION,
        "letters": letters,
    }
    return Content(facts=facts, extra=extra)


def _halved(strip: np.ndarray) -> np.ndarray:
    """Keep a strip's pixels few: forty of them stand on the page."""
    factor = -(-strip.shape[0] // 96)
    if factor == 1:
        # three planes side by side, 192 mm each
        return finer(strip, 3 * 96)
    rows, columns = (size // factor * factor for size in strip.shape)
    return strip[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor).mean(axis=(1, 3))


def _slices(arrays: Mapping[str, np.ndarray], plane: Plane) -> np.ndarray:
    if plane.name not in arrays:
        raise UserError(f"placement.npz: expected {plane.name}, found {', '.join(sorted(arrays))}")
    slices = np.asarray(arrays[plane.name], dtype=float)
    if slices.ndim != 3 or len(slices) == 0:
        raise UserError(f"placement.npz: {plane.name} expected (k, rows, columns), found {slices.shape}")
    return slices


def _mask(arrays: Mapping[str, np.ndarray], plane: Plane, shape: tuple[int, ...]) -> np.ndarray:
    name = f"mask_{plane.name}"
    mask = np.asarray(arrays.get(name, np.zeros(shape))) > 0
    if mask.shape != shape:
        raise UserError(f"placement.npz: {name} expected shape {shape}, found {mask.shape}")
    return mask
