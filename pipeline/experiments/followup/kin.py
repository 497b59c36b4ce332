"""Who of the people followed may not be parted by a split."""

from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts import read_table
from brainaging.pipeline.data.visits import Timeline
from brainaging.pipeline.experiments.followup.true_rates import truth_folder

CAUSES = "causes.csv"


def kin_of(cohort: Cohort, people: Sequence[Timeline]) -> np.ndarray:
    """Return the group (n,) of each of ``people``, which a split keeps whole: the cohort's own.

    BIDS has no table of families: of simulated people they stand in the truth, and whoever is made from one scan
    is kin too.
    """
    folder = truth_folder(cohort)
    if folder is None or not (folder / CAUSES).is_file():
        own: np.ndarray = np.asarray(cohort.groups())[[person.visits[0].row for person in people]]
        return own
    frame = read_table(folder / CAUSES).frame
    shared = frame["anatomy" if "anatomy" in frame else "family"].astype(str)
    by_subject = {f"sub-{subject}": group for subject, group in zip(frame["subject"], shared, strict=True)}
    return np.array([by_subject[person.subject] for person in people])
