"""One scan edited: read, checked, moved, measured, and brought back into its own space."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch

from brainaging.pipeline.counterfactual.cohort_alignment import misfit, thinned, warped_ml
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.native_edit import edit_native, edit_shown, shown_scan
from brainaging.pipeline.counterfactual.region_changes import OwnLabels, region_changes
from brainaging.pipeline.measures.tissue import tissue_volumes
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import (
    OrientationRule,
    Registration,
    ScanSteps,
    head_size_ml,
    normalize_intensity,
    read_scan,
    t1w_chain,
    zeroed,
)

#: years beyond the ages that were learned from, to which an edit goes with a warning; further only if forced: the
#: step that is scored. Sensitivity: which edits are refused, and no number
BEYOND = 10.0
#: what alignment leaves of a scan by what it leaves of those learned from: from where on it is unlike them, and
#: refused; real scans have 5 by a model of simulated ones. Sensitivity: which scans are refused, and no number
UNLIKE, REFUSED = 1.5, 10.0
#: share of the grid's white matter above which a voxel tells the scan's gain: half maximum. Sensitivity: none to
#: speak of, the ratio of two means over the same voxels
_TISSUE = 0.5


@dataclass(frozen=True)
class Scan:
    """A scan on a model's grid.

    Attributes:
        volume: (X, Y, Z), normalised.
        gain: the scan's own intensity of white matter by that of the grid's rule.
        scale: its own volume by that on the grid.
        registration: (4, 4) from its own mm to the template's, None where it lay there.
        path: where it was read.
        mended: (4, 4) the affine that fits the image, where the header's does not and mending was asked for.
        intensity_form: what was done to its intensities or is to be known of them, in words; "" for nothing.
    """

    volume: np.ndarray
    gain: float
    scale: float
    registration: np.ndarray | None
    path: Path
    mended: np.ndarray | None = None
    intensity_form: str = ""


def read(
    path: Path, learned: Learned, space: Literal["native", "template"], orientation: OrientationRule = "check"
) -> Scan:
    """Place a scan on the model's grid; ``orientation`` as in :class:`ScanSteps`.

    Raises:
        ScanError: no brain, a whole head, one that does not land on the template or lie as its header says.
        UserError: a scan of a grid that the model was not learned on.
    """
    grid = learned.edit.grid
    chain = t1w_chain(
        grid, space=space, steps=ScanSteps(normalize=False, orientation=orientation), track_meta=True
    )
    data = chain({"image": str(path)})
    raw = np.asarray(data["image"][0])
    volume = normalize_intensity(raw, grid)
    inside = volume > _TISSUE
    gain = float(raw[inside].mean() / volume[inside].mean())
    registration = data["image"].meta.get("registration")
    scale = float(data["head_size"]) / head_size_ml(volume, grid.spacing)
    mended = data["image"].meta.get("mended_affine")
    matrices = (None if matrix is None else np.asarray(matrix) for matrix in (registration, mended))
    return Scan(volume, gain, scale, next(matrices), path, next(matrices), str(data["intensity_form"]))


def check_age(age: float, learned: Learned, force: bool) -> str:
    """Return a warning where an age lies outside those learned from, "" where it does not.

    Raises:
        UserError: it lies more than ten years outside, and is not forced.
    """
    low, high = learned.ages
    outside = max(low - age, age - high, 0.0)
    if outside == 0:
        return ""
    warning = (
        f"age {age:.0f} is {outside:.0f} years outside the {low:.0f} to {high:.0f} years that were learned from"
    )
    if outside > BEYOND and not force:
        raise UserError(f"{warning}; at most {BEYOND:.0f} are allowed: choose another age, or --force")
    return warning


def check_likeness(scan: Scan, learned: Learned, velocity: np.ndarray, force: bool) -> str:
    """Return a warning where a scan is unlike those learned from: a lesion, an artefact, another contrast.

    Raises:
        UserError: it is so unlike that an edit means nothing, and is not forced.
    """
    alignment = learned.edit.alignment
    warped = alignment.pulled(thinned(scan.volume[None], learned.edit.grid), torch.from_numpy(velocity)).numpy()
    away = float(misfit(alignment, warped)[0] / learned.misfit)
    if away < UNLIKE:
        return ""
    warning = f"{scan.path}: alignment leaves {away:.1f} times as much of it as of the scans learned from"
    if away > REFUSED and not force:
        raise UserError(
            f"{warning} (at most {REFUSED:.0f}): a pathology or another contrast? --force edits it anyway"
        )
    return warning


@dataclass(frozen=True)
class Edited:
    """An edited scan.

    Attributes:
        change: (X, Y, Z) on the grid, in its intensities.
        shown: (2, x, y, z) the scan before and after on the grid of pictures, in the same intensities.
        native: (x, y, z) the edited scan in its own space and intensities (0 outside, whatever its form), with its
            affine (4, 4).
        affine: of ``native``.
        regions: a row a region, of :func:`region_changes`.
        measured: the readers' age and P(male), where the model has readers, and volumes: before and after.
    """

    change: np.ndarray
    shown: np.ndarray
    native: np.ndarray
    affine: np.ndarray
    regions: pd.DataFrame
    measured: pd.DataFrame


def scan_covariates(
    scan: Scan, learned: Learned, age: float | None, male: float | None, more: pd.DataFrame | None = None
) -> tuple[Covariates, np.ndarray]:
    """Return a scan's covariates, measured where they are not given, and its velocity (1, 3a).

    Age and sex that are not known are what the model's reader reads; ``more`` is what else its formula names, a
    row.

    Raises:
        UserError: age or sex is not known, and the model has no reader; or a covariate of the formula is missing.
    """
    edit, reader = learned.edit, learned.reader
    if (age is None or male is None) and reader is None:
        raise UserError(f"age and sex: give both, for the model cannot read them ({learned.no_reader})")
    people = Covariates(
        np.array([edit.design.age if age is None else age]),
        np.array([0.5 if male is None else male]),
        np.array([np.exp(edit.design.log_size)]),
        more,
    )
    velocity = edit.align(scan.volume[None], people)
    people = people.with_head_size(warped_ml(edit.alignment, torch.from_numpy(velocity)) * scan.scale)
    if age is None and reader is not None:
        people = replace(people, age=np.clip(reader.years(scan.volume[None], people.head_size), *learned.ages))
    if male is None and reader is not None:
        read_as_male = reader.probability_male(scan.volume[None], people.head_size) > 0.5
        people = replace(people, male=read_as_male.astype(float))
    return people, edit.align(scan.volume[None], people)


def edit_scan(scan: Scan, learned: Learned, velocity: np.ndarray, before: Covariates, after: Covariates) -> Edited:
    """Edit a scan from covariates ``before`` to ``after`` (one row each)."""
    edit, reader = learned.edit, learned.reader
    change, motion = edit.change_and_motion(scan.volume, velocity, before, after)
    original, affine = read_scan(scan.path)
    original, _ = zeroed(original, affine, scan.path)
    affine = affine if scan.mended is None else scan.mended
    registration = None if scan.registration is None else Registration(scan.registration, 12)
    shown = shown_scan(original, affine, scan.gain, registration)
    native = edit_native(original, affine, motion, scan.gain, edit.grid, registration)
    edited = np.clip(scan.volume + change, 0, None)
    pair = np.stack([scan.volume, edited])
    sizes = np.append(before.head_size, after.head_size)
    own = OwnLabels.of(learned, velocity)
    tissue = tissue_volumes(pair.astype(np.float32), edit.grid, own.ventricles(edit.grid))
    rows: dict[str, np.ndarray] = {}
    if reader is not None:
        rows["age by the reader, years"] = reader.years(pair, sizes)
        rows["P(male) by the reader"] = reader.probability_male(pair, sizes)
    heads = np.array([head_size_ml(volume, edit.grid.spacing) for volume in pair])
    rows["head size (tissue), mL"] = scan.scale * heads
    rows |= {f"{name}, mL": scan.scale * values for name, values in tissue.items()}
    measured = pd.DataFrame(
        [{"measure": name, "before": values[0], "after": values[1]} for name, values in rows.items()]
    )
    regions = region_changes(scan.volume, learned, velocity, own, before, after)
    shown = np.stack([shown, edit_shown(shown, motion, edit.grid)])
    return Edited(change, shown, np.clip(native, 0, None), affine, regions, measured)
