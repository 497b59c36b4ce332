"""What `edit` writes and shows: volumes, an animation's frames, and what was asked, in words."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.native_edit import SHOWN, edit_shown
from brainaging.pipeline.runtime import atomic_output, counted
from brainaging.transforms import GridSpec, place, save_nifti

#: the row of the measures
READ_AGE = "age by the reader, years"
#: years outside of the ages learned from beyond which a reading of age is none. Sensitivity: of a sentence
FAR = 10.0
NOT_A_FUTURE = "These are differences between people of a cohort, not what will happen to a person."


def request_words(before: Covariates, after: Covariates, read_age: bool, read_sex: bool) -> str:
    """Return in words what an edit changes."""
    parts = []
    if after.age[0] != before.age[0]:
        how = " (as the model reads it)" if read_age else ""
        parts.append(f"age {before.age[0]:.0f}{how} to {after.age[0]:.0f} years")
    if after.male[0] != before.male[0]:
        how = " (as the model reads it)" if read_sex else ""
        parts.append(f"{'FM'[int(before.male[0])]}{how} to {'FM'[int(after.male[0])]}")
    if before.more is not None and after.more is not None:
        pairs = ((name, before.more[name].iloc[0], after.more[name].iloc[0]) for name in after.more)
        parts += [f"{name} {_said(start)} to {_said(end)}" for name, start, end in pairs if start != end]
    size = 100 * (after.head_size[0] / before.head_size[0] - 1)
    parts += [f"head size {size:+.1f} %"] if abs(size) > 1e-9 else ["head size held"]
    return ", ".join(parts)


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def measures_lines(measured: pd.DataFrame, learned: Learned) -> list[str]:
    """Return a line a measure: what it was, and what it is after the edit.

    Of a scan whose age the reader reads far outside of what it learned there are no readings: a line says so.
    """
    strange = not_read(measured, learned)
    kept = measured[~measured["measure"].str.contains("by the reader")] if strange else measured
    lines = [f"{row.measure}: {row.before:.4g} to {row.after:.4g}" for row in kept.itertuples()]
    return [*lines, strange] if strange else lines


def not_read(measured: pd.DataFrame, learned: Learned) -> str:
    """Say that the reader cannot read a scan, whose age it reads far from all ages it learned; or return ""."""
    ages = measured.loc[measured["measure"] == READ_AGE, "before"]
    low, high = learned.ages
    if not len(ages) or low - FAR <= ages.iloc[0] <= high + FAR:
        return ""
    known = f"learned from people of {low:.0f} to {high:.0f}"
    return f"the reader cannot read this scan: {ages.iloc[0]:.0f} years, {known}"


def origin_lines(learned: Learned) -> list[str]:
    """Say from whom the edit learned, and from whom the reader of age and sex."""
    people = f"learned from {learned.cohort}, n = {learned.count}"
    if learned.reader is None:
        return [people, f"no reader of age and sex: {learned.no_reader}"]
    return [people, f"reader of age and sex learned from others of {learned.cohort}, n = {learned.reader_count}"]


def film_frames(
    volume: np.ndarray,
    shown: np.ndarray,
    edit: Deformation,
    velocity: np.ndarray,
    before: Covariates,
    after: Covariates,
    count: int,
) -> tuple[np.ndarray, list[str]]:
    """Return a scan from now to the edit, (frames, x, y, z) on the grid of pictures, and what each shows.

    It lies on the edit's grid as ``volume``, on that of pictures as ``shown``. An edit on a finer grid than that
    of pictures is done on theirs: no frame shows what is finer, and it takes an eighth of the time.
    """
    if edit.grid.spacing < SHOWN.spacing:
        volume, edit = place(volume, edit.grid.affine, SHOWN), replace(edit, grid=SHOWN)
    frames, labels = [], []
    for share in counted(np.linspace(0, 1, count), "animating, frames"):
        between = Covariates(
            before.age + share * (after.age - before.age),
            before.male + share * (after.male - before.male),
            before.head_size * (after.head_size / before.head_size) ** share,
            _between(before.more, after.more, share),
        )
        frames.append(edit_shown(shown, edit.motion(volume, velocity, before, between), edit.grid))
        aged = after.age[0] != before.age[0]
        labels.append(f"{between.age[0]:.0f} years" if aged else f"{100 * share:.0f} % of the way")
    return np.stack(frames), labels


def _between(before: pd.DataFrame | None, after: pd.DataFrame | None, share: float) -> pd.DataFrame | None:
    """Return other covariates a share of the way: numbers between, words those that are nearer."""
    if before is None or after is None:
        return None
    numbers = {
        str(name): before[name] + share * (after[name] - before[name])
        for name in after
        if is_numeric_dtype(after[name])
    }
    return (after if share >= 0.5 else before).assign(**numbers)


def write_on_grid(path: Path, volume: np.ndarray, grid: GridSpec) -> None:
    """Write a volume that lies on a grid as NIfTI."""
    with atomic_output(path) as temporary:
        save_nifti(volume, grid, temporary)


def write_native(path: Path, volume: np.ndarray, affine: np.ndarray) -> None:
    """Write a volume as NIfTI where its scan lies, in mm."""
    image = nib.nifti1.Nifti1Image(volume.astype(np.float32), affine)
    image.header.set_xyzt_units("mm")
    with atomic_output(path) as temporary:
        image.to_filename(temporary)
