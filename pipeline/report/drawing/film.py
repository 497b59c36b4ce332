"""A film of one brain: an animated GIF, a frame a volume."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.font_manager import findfont
from PIL import Image, ImageDraw, ImageFont

from brainaging.pipeline.report.drawing.change_maps import in_greys
from brainaging.pipeline.report.drawing.slices import PLANES, bounding_box, mid_slice, window
from brainaging.pipeline.runtime import UserError, atomic_output

#: milliseconds a frame
FRAME_MS = 400
#: above this share of its brightest voxels an image is brain
_BRAIN = 0.1
_PIXELS_PER_MM = 1.8
_GAP, _HEAD, _FOOT = 8, 32, 22


def film_gif(
    path: str | Path, volumes: np.ndarray | Sequence[np.ndarray], labels: Sequence[str], spacing: float
) -> None:
    """Write an animated GIF that repeats: axial, coronal and sagittal slices side by side, 400 ms a frame.

    Args:
        path: file to write.
        volumes: (k, X, Y, Z) in RAS, a frame each; all have one grey scale.
        labels: (k,) what is written on each frame.
        spacing: mm a voxel; grids of any spacing give films of about one size.

    Raises:
        UserError: there is no volume, they have not one shape, or labels are not as many.
    """
    film = checked_volumes(volumes, spacing)
    if len(labels) != len(film):
        raise UserError(f"film: expected a label for each of {len(film)} volumes, found {len(labels)}")
    mask = brain_of(film)
    box, grey = bounding_box(mask), window(film, mask)
    frames = [
        _frame(
            [
                _enlarged(in_greys(mid_slice(volume, plane, box), grey), spacing * _PIXELS_PER_MM)
                for plane in PLANES
            ],
            label,
        )
        for volume, label in zip(film, labels, strict=True)
    ]
    with atomic_output(path) as temporary, temporary.open("wb") as handle:
        frames[0].save(
            handle,
            format="GIF",
            save_all=True,
            append_images=frames[1:],
            duration=FRAME_MS,
            loop=0,
            optimize=False,
        )


def checked_volumes(values: np.ndarray | Sequence[np.ndarray], spacing: float) -> np.ndarray:
    """Return volumes as one array (k, X, Y, Z), 0 where they are not finite.

    Raises:
        UserError: there is none, shapes differ or are not (X, Y, Z), or ``spacing`` (mm) is no length.
    """
    shapes = sorted({np.shape(image) for image in values})
    if len(shapes) != 1 or len(shapes[0]) != 3:
        raise UserError(f"picture of an edit: expected volumes of one shape (X, Y, Z), found {shapes}")
    if not (np.isfinite(spacing) and spacing > 0):
        raise UserError(f"picture of an edit: expected a spacing above 0 mm, found {spacing}")
    return np.nan_to_num(np.stack([np.asarray(image, dtype=np.float32) for image in values]), posinf=0, neginf=0)


def brain_of(volumes: np.ndarray) -> np.ndarray:
    """Return where any of ``volumes`` (k, X, Y, Z) has a brain, (X, Y, Z) bool."""
    brightest = max(float(np.percentile(volumes, 99.5)), 1e-6)
    return np.asarray((volumes > _BRAIN * brightest).any(axis=0))


def _frame(slices: Sequence[Image.Image], label: str) -> Image.Image:
    """Return slices side by side on black under ``label``, with letters for their sides."""
    name, side = (ImageFont.truetype(findfont("DejaVu Sans"), size) for size in (19, 13))
    tallest = max(image.height for image in slices)
    width = sum(image.width + _GAP for image in slices) + _GAP
    frame = Image.new("L", (width, _HEAD + tallest + _FOOT), 0)
    pen = ImageDraw.Draw(frame)
    pen.text((_GAP + 2, 6), label, fill=255, font=name)
    left = _GAP
    for plane, image in zip(PLANES, slices, strict=True):
        frame.paste(image, (left, _HEAD + (tallest - image.height) // 2))
        for at, words, anchor in ((left + 2, plane.left, "lb"), (left + image.width - 2, plane.right, "rb")):
            pen.text((at, frame.height - 4), words, fill=170, font=side, anchor=anchor)
        left += image.width + _GAP
    return frame


def _enlarged(image: np.ndarray, factor: float) -> Image.Image:
    rows, columns = (max(round(size * factor), 1) for size in image.shape)
    grey = Image.fromarray(np.round(image * 255).astype(np.uint8))
    return grey.resize((columns, rows), Image.Resampling.BICUBIC)
