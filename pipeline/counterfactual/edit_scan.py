"""One scan edited: read, checked, moved, measured, and brought back into its own space."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from scipy.ndimage import binary_dilation

from brainaging.networks.diffeomorphism import jacobian_determinant
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.deformation import ALIGNED, aligned_grid, thinned, warped_ml
from brainaging.pipeline.counterfactual.learn import Learned, misfit
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas_on_grid
from brainaging.pipeline.measures.tissue import tissue_volumes
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import (
    GridSpec,
    Registration,
    ScanSteps,
    head_size_ml,
    normalize_intensity,
    place,
    read_scan,
    t1w_chain,
    to_native,
)

#: years beyond the ages that were learned from, to which an edit goes with a warning; further only if forced
BEYOND = 10.0
#: what alignment leaves of a scan by what it leaves of those learned from: from where on it is unlike them, and
#: refused; real scans have 5 by a model of simulated ones
UNLIKE, REFUSED = 1.5, 10.0
FEWEST_VOXELS = 4
VENTRICLES = ("lateral_ventricle", "inf_lat_vent", "3rd_ventricle")


@dataclass(frozen=True)
class Scan:
    """A scan on a model's grid.

    Attributes:
        volume: (X, Y, Z), normalised.
        gain: the scan's own intensity of white matter by that of the grid's rule.
        scale: its own volume by that on the grid.
        registration: (4, 4) from its own mm to the template's, None where it lay there.
        path: where it was read.
    """

    volume: np.ndarray
    gain: float
    scale: float
    registration: np.ndarray | None
    path: Path


def read(path: Path, learned: Learned, space: Literal["native", "template"]) -> Scan:
    """Place a scan on the model's grid.

    Raises:
        ScanError: no brain, a whole head, or one that does not land on the template.
        UserError: a scan of a grid that the model was not learned on.
    """
    grid = learned.edit.grid
    chain = t1w_chain(grid, space=space, steps=ScanSteps(normalize=False), track_meta=True)
    data = chain({"image": str(path)})
    raw = np.asarray(data["image"][0])
    volume = normalize_intensity(raw, grid)
    inside = volume > 0.5
    gain = float(raw[inside].mean() / volume[inside].mean())
    found = data["image"].meta.get("registration")
    scale = float(data["head_size"]) / head_size_ml(volume, grid.spacing)
    return Scan(volume, gain, scale, None if found is None else np.asarray(found), path)


def check_age(age: float, learned: Learned, force: bool) -> str:
    """Return a warning where an age lies outside those learned from, "" where it does not.

    Raises:
        UserError: it lies more than ten years outside, and is not forced.
    """
    low, high = learned.ages
    outside = max(low - age, age - high, 0.0)
    if outside == 0:
        return ""
    says = f"age {age:.0f} is {outside:.0f} years outside the {low:.0f} to {high:.0f} years that were learned from"
    if outside > BEYOND and not force:
        raise UserError(f"{says}; at most {BEYOND:.0f} are allowed: choose another age, or --force")
    return says


def check_likeness(scan: Scan, learned: Learned, velocity: np.ndarray, force: bool) -> str:
    """Return a warning where a scan is unlike those learned from: a lesion, an artefact, another contrast.

    Raises:
        UserError: it is so unlike that an edit means nothing, and is not forced.
    """
    alignment = learned.edit.alignment
    look = alignment.pulled(thinned(scan.volume[None], learned.edit.grid), torch.from_numpy(velocity)).numpy()
    away = float(misfit(alignment, look)[0] / learned.misfit)
    if away < UNLIKE:
        return ""
    says = f"{scan.path}: alignment leaves {away:.1f} times as much of it as of the scans learned from"
    if away > REFUSED and not force:
        raise UserError(
            f"{says} (at most {REFUSED:.0f}): a pathology or another contrast? --force edits it anyway"
        )
    return says


@dataclass(frozen=True)
class Edited:
    """What came of an edit.

    Attributes:
        change: (X, Y, Z) on the grid, in its intensities.
        native: (x, y, z) the edited scan in its own space and intensities, with its affine (4, 4).
        affine: of ``native``.
        regions: a row a region: volume change in per cent, with its interval.
        measured: what judges and volumes say, before and after.
    """

    change: np.ndarray
    native: np.ndarray
    affine: np.ndarray
    regions: pd.DataFrame
    measured: pd.DataFrame


def covariates(
    scan: Scan, learned: Learned, age: float | None, male: float | None
) -> tuple[Covariates, np.ndarray]:
    """Return a scan's covariates, measured where they are not given, and its velocity (1, 3a).

    Age and sex that are not known are what the model's judges read.
    """
    edit = learned.edit
    people = Covariates(
        np.array([edit.design.age if age is None else age]),
        np.array([0.5 if male is None else male]),
        np.array([np.exp(edit.design.log_size)]),
    )
    velocity = edit.align(scan.volume[None], people)
    people = people.with_head_size(warped_ml(edit.alignment, torch.from_numpy(velocity)) * scan.scale)
    if age is None:
        people = replace(
            people, age=np.clip(learned.judge.years(scan.volume[None], people.head_size), *learned.ages)
        )
    if male is None:
        people = replace(
            people, male=(learned.judge.male(scan.volume[None], people.head_size) > 0.5).astype(float)
        )
    return people, edit.align(scan.volume[None], people)


def apply(scan: Scan, learned: Learned, velocity: np.ndarray, before: Covariates, after: Covariates) -> Edited:
    """Edit a scan from covariates ``before`` to ``after`` (one row each)."""
    edit = learned.edit
    change = edit.change(scan.volume[None], before, after, velocity)[0]
    own, affine = read_scan(scan.path)
    registration = None if scan.registration is None else Registration(scan.registration, 12)
    native = own + scan.gain * to_native(change, edit.grid, (affine, own.shape), registration)
    edited = np.clip(scan.volume + change, 0, None)
    pair = np.stack([scan.volume, edited])
    sizes = np.append(before.head_size, after.head_size)
    labels, names = own_labels(learned, velocity)
    tissue = tissue_volumes(pair.astype(np.float32), edit.grid, _ventricles(labels, names, edit.grid))
    rows = {
        "age by the judge, years": learned.judge.years(pair, sizes),
        "P(male) by the judge": learned.judge.male(pair, sizes),
        "head size (tissue), mL": scan.scale * np.array([head_size_ml(one, edit.grid.spacing) for one in pair]),
        **{f"{name}, mL": scan.scale * values for name, values in tissue.items()},
    }
    measured = pd.DataFrame(
        [{"measure": name, "before": pair[0], "after": pair[1]} for name, pair in rows.items()]
    )
    regions = region_changes(scan, learned, velocity, (labels, names), before, after)
    return Edited(change, np.clip(native, 0, None), affine, regions, measured)


def own_labels(learned: Learned, velocity: np.ndarray) -> tuple[np.ndarray, dict[int, Region]]:
    """Return the labels (X, Y, Z) of Desikan-Killiany's atlas and aseg, moved onto a scan, on the grid of
    alignment, and what they name.
    """
    coarse = aligned_grid(learned.edit.grid)
    labels, regions = atlas_on_grid(DESIKAN_KILLIANY, coarse)
    alignment = learned.edit.alignment
    with torch.no_grad():
        there = alignment.flow(torch.from_numpy(-velocity))
        where = (alignment.lattice.points + there)[0].round().long().clamp(0, coarse.shape[0] - 1).numpy()
    moved: np.ndarray = labels[where[0], where[1], where[2]]
    return moved, regions


def _ventricles(labels: np.ndarray, regions: Mapping[int, Region], grid: GridSpec) -> np.ndarray:
    """Return where a scan's ventricles lie, (X, Y, Z) bool on ``grid``, with a voxel of the labels around."""
    inside = np.isin(labels, [label for label, region in regions.items() if region.structure in VENTRICLES])
    around = binary_dilation(inside).astype(np.float32)
    return place(around, aligned_grid(grid).affine, grid) > 0.5


def region_changes(
    scan: Scan,
    learned: Learned,
    velocity: np.ndarray,
    labelled: tuple[np.ndarray, dict[int, Region]],
    before: Covariates,
    after: Covariates,
) -> pd.DataFrame:
    """Return the change of every region's volume in per cent, with 95 % intervals over families drawn anew.

    The mean Jacobian of the motion over the regions of :func:`own_labels`.
    """
    coarse = aligned_grid(learned.edit.grid)
    small = replace(learned.edit, grid=coarse)
    own, regions = labelled[0].ravel(), labelled[1]
    counts = np.bincount(own, minlength=max(regions) + 1)
    kept = [label for label in sorted(regions) if counts[label] >= FEWEST_VOXELS]
    volume = thinned(scan.volume[None], learned.edit.grid).numpy()[0]
    step = learned.edit.design.change(before, after)[0]

    def change(effects: np.ndarray) -> np.ndarray:
        move = (step @ effects).astype(np.float32)
        # the inverse of the motion: where each point of the scan goes
        shift = small.edit(volume, velocity[0] + move, -move)[1]
        jacobian = jacobian_determinant(torch.from_numpy(shift), coarse.spacing).numpy()
        sums = np.bincount(own, jacobian.ravel(), minlength=len(counts))
        return 100 * (sums[kept] / counts[kept] - 1)

    value = change(learned.edit.velocities)
    draws = np.stack([change(draw) for draw in learned.draws])
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    named = [regions[label] for label in kept]
    return pd.DataFrame(
        {
            "structure": [region.structure for region in named],
            "hemisphere": [region.hemisphere for region in named],
            "volume_change_percent": value,
            "ci_low": low,
            "ci_high": high,
            "voxels_of_" + ALIGNED: counts[kept],
        }
    )
