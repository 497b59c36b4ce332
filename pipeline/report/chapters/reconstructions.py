"""Held-out scans beside their reconstructions, with error maps on one shared scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from brainaging.pipeline.report.drawing.slices import (
    CONVENTION,
    PLANES,
    Plane,
    bounding_box,
    grid_words,
    mid_slice,
    tile,
    window,
)
from brainaging.pipeline.report.drawing.style import DIVERGING, Picture, pixels
from brainaging.pipeline.report.phrases import number
from brainaging.pipeline.report.sections import Content
from brainaging.pipeline.results import title
from brainaging.pipeline.runtime import UserError

MOST_SCANS = 3
METHODS = ("autoencoder", "pca", "pca_flip")


@dataclass(frozen=True)
class Volumes:
    """The volumes of reconstructions.npz, checked: ``original`` and each method (k, X, Y, Z), mask (X, Y, Z)."""

    original: np.ndarray
    methods: dict[str, np.ndarray]
    mse: dict[str, np.ndarray]
    mask: np.ndarray
    spacing: float | None

    @property
    def error_limit(self) -> float:
        """The end of the error scale: the 99.5th percentile of all methods' absolute errors inside the mask."""
        errors = [np.abs(values - self.original)[:, self.mask].ravel() for values in self.methods.values()]
        limit = float(np.nanpercentile(np.concatenate(errors), 99.5)) if errors else 0.0
        return limit if limit > 0 else 1.0

    def chosen(self) -> list[tuple[int, str]]:
        """Return the scans to show, with what each is: best, middle and worst by the first method's MSE."""
        k = len(self.original)
        first = next((name for name in METHODS if name in self.mse), None)
        if first is None or k <= 1:
            return [(index, "") for index in range(min(k, MOST_SCANS))]
        order = np.argsort(self.mse[first], kind="stable")
        named = {int(order[0]): "lowest error", int(order[-1]): "highest error"}
        if k > 2:
            named.setdefault(int(order[k // 2]), "middle error")
        return sorted(named.items(), key=lambda item: int(np.flatnonzero(order == item[0])[0]))


def check_volumes(arrays: Mapping[str, np.ndarray]) -> Volumes:
    """Check reconstructions.npz. Raises UserError naming the array, the shape expected and the one found."""
    if "original" not in arrays or "mask" not in arrays:
        raise UserError(
            f"reconstructions.npz: expected arrays original and mask, found {', '.join(sorted(arrays))}"
        )
    original = np.asarray(arrays["original"], dtype=np.float32)
    if original.ndim != 4 or len(original) == 0:
        raise UserError(f"reconstructions.npz: original expected shape (k, X, Y, Z), found {original.shape}")
    mask = np.asarray(arrays["mask"]) > 0
    if mask.shape != original.shape[1:]:
        raise UserError(f"reconstructions.npz: mask expected shape {original.shape[1:]}, found {mask.shape}")
    methods, mse = {}, {}
    for name in METHODS:
        if name not in arrays:
            continue
        values = np.asarray(arrays[name], dtype=np.float32)
        if values.shape != original.shape:
            raise UserError(f"reconstructions.npz: {name} expected shape {original.shape}, found {values.shape}")
        methods[name] = values
        errors = np.atleast_1d(arrays.get(f"mse_{name}", np.empty(0)))
        if errors.shape == (len(original),):
            mse[name] = errors.astype(float)
    spacing = float(arrays["spacing"]) if "spacing" in arrays and np.ndim(arrays["spacing"]) == 0 else None
    return Volumes(original, methods, mse, mask, spacing)


def reconstructions_content(arrays: Mapping[str, np.ndarray], grid: Mapping[str, Any] | None) -> Content:
    """Return the section from reconstructions.npz, with the grid of cohort.json for its units."""
    volumes = check_volumes(arrays)
    limit = volumes.error_limit
    low, high = window(volumes.original, volumes.mask)
    box = bounding_box(volumes.mask)
    scans = []
    for place, (index, which) in enumerate(volumes.chosen(), start=1):
        rows = [
            {"plane": plane, "cells": _cells(volumes, index, place, plane, box, (low, high), limit)}
            for plane in PLANES
        ]
        errors = [
            number(volumes.mse[name][index], "mse") if name in volumes.mse else "" for name in volumes.methods
        ]
        scans.append({"name": f"Scan {place}", "which": which, "rows": rows, "errors": errors})
    rule = str((grid or {}).get("intensity", ""))
    bar = pixels(np.linspace(-1, 1, 256)[None].repeat(12, axis=0), "", cmap=DIVERGING, low=-1, high=1)
    extra = {
        "scans": scans,
        "methods": [title("model", name) for name in volumes.methods],
        "bar": bar,
        "limit": f"{limit:.2g}",
        "caption": _caption(volumes, limit, rule),
    }
    return Content(extra=extra)


def _cells(
    volumes: Volumes,
    index: int,
    place: int,
    plane: Plane,
    box: tuple[slice, ...],
    grey: tuple[float, float],
    limit: float,
) -> list[dict[str, Picture]]:
    original = mid_slice(volumes.original[index], plane, box)
    inside = mid_slice(volumes.mask, plane, box)
    where = f"scan {place}, {plane.name} slice"
    cells = [{"image": tile(original, f"Original, {where}", cmap="gray", low=grey[0], high=grey[1])}]
    for name, values in volumes.methods.items():
        image = mid_slice(values[index], plane, box)
        error = np.where(inside, image - original, np.nan)
        cells.append(
            {
                "image": tile(image, f"{title('model', name)}, {where}", cmap="gray", low=grey[0], high=grey[1]),
                "error": tile(
                    error, f"Error of {title('model', name)}, {where}", cmap=DIVERGING, low=-limit, high=limit
                ),
            }
        )
    return cells


def _caption(volumes: Volumes, limit: float, rule: str) -> str:
    shown, k = len(volumes.chosen()), len(volumes.original)
    level = float(np.nanmean(volumes.original[:, volumes.mask]))
    spread = float(np.nanstd(volumes.original[:, volumes.mask]))
    by = next((title("model", name) for name in METHODS if name in volumes.mse), "")
    which = (
        f" They are the lowest, middle and highest in the error of {by}, of {k} scans kept."
        if by and k > 2
        else ""
    )
    rule = f" (rule {rule})" if rule else ""
    size = f" on {grid_words(volumes.spacing)}" if volumes.spacing is not None else ""
    return (
        f"{'Scan' if shown == 1 else 'Scans'} that no method has learned from, cut through the middle of the "
        f"brain{size}.{which} Beside each reconstruction stands its error, reconstruction minus original, inside "
        f"the brain mask: red where the reconstruction is too bright, blue where it is too dark, white where it "
        f"is right. All error maps share one scale, −{limit:.2g} to +{limit:.2g} in the grid's normalised "
        f"intensity units{rule}, in which the brain has a mean of {level:.2g} and a standard deviation of "
        f"{spread:.2g}; stronger errors (1 in 200 voxels) take the end colours. Random speckle means only noise "
        f"was lost; an outline of folds or ventricles means anatomy was. MSE is the mean squared error over the "
        f"mask. {CONVENTION}"
    )
