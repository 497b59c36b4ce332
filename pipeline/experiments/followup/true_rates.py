"""How fast structures of simulated people truly change, in the units of the instrument that measures them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts import read_table
from brainaging.pipeline.data.visits import Timeline

TRUTH, SESSIONS = "truth", "sessions.csv"
#: columns of the truth that a structure is the sum of
_COLUMNS = {
    "ventricles": ("ventricles_ml",),
    "grey": ("grey_ml",),
    "white": ("white_ml",),
    "tissue": ("grey_ml", "white_ml"),
}


def truth_folder(cohort: Cohort) -> Path | None:
    """Return the folder of the truth beside a simulated cohort's scans in BIDS; None where there is none."""
    images = [Path(str(image)) for image in cohort.table["image"] if image]
    if not cohort.simulated or not images or len(images[0].parents) < 4:
        return None
    folder = images[0].parents[3] / TRUTH
    return folder if folder.is_dir() else None


def true_volumes(cohort: Cohort, people: Sequence[Timeline]) -> dict[str, list[np.ndarray]] | None:
    """Return the true volumes in mL of a simulated cohort's people, an array (s,) of visits a person by structure.

    None where the cohort is no simulated one, or its truth does not lie beside its scans.
    """
    folder = truth_folder(cohort)
    if folder is None or not (path := folder / SESSIONS).is_file():
        return None
    frame = read_table(path).frame
    keys = zip(frame["subject"], frame["session"], strict=True)
    rows = {(f"sub-{subject}", f"ses-{session}"): row for row, (subject, session) in enumerate(keys)}
    numbers = {
        name: frame[list(columns)].astype(float).to_numpy().sum(axis=1) for name, columns in _COLUMNS.items()
    }
    return {
        name: [
            np.array([values[rows[person.subject, visit.session]] for visit in person.visits]) for person in people
        ]
        for name, values in numbers.items()
    }


def instrument_slope(measured: Sequence[np.ndarray], true: Sequence[np.ndarray]) -> float:
    """Return what an instrument shows of one mL of change: measured on true changes of training people, through 0.

    ``measured`` and ``true`` have an array (s,) of visits a person. An instrument that counts half of a narrow
    ventricle shows half of its growth; rates are compared in its units.
    """
    shown, grown = (np.concatenate([np.diff(each) for each in of]) for of in (measured, true))
    return float(shown @ grown / (grown @ grown))
