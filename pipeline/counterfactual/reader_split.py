"""Readers of edited brains learn from other people than the edit."""

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import SMALLEST
from brainaging.pipeline.data import grouped_folds
from brainaging.pipeline.runtime import UserError

#: one of so many parts of the people is the reader's, the others are the edit's. Sensitivity: not measured; the
#: edit has priority, and a reader needs enough people to be right more often than not
PARTS = 4
#: of the split: not the run's, since parts drawn anew for every seed would, over several runs, tell who is related
_SEED = 0


def split_for_reader(groups: np.ndarray, strata: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Split people by families into those whom an edit and those whom its reader learns from.

    Args:
        groups: (n,) families.
        strata: (n,) labels whose shares both parts keep.

    Returns:
        sorted positions of the edit's people, those of the reader's, and "". Where a quarter of the people is
        fewer than 20, or families are too few: everybody, nobody, and why.
    """
    everybody, nobody = np.arange(len(groups)), np.arange(0)
    least = PARTS * SMALLEST
    if len(groups) < least:
        reason = f"an independent reader: expected {least} people or more to learn from, found {len(groups)}"
        return everybody, nobody, reason
    try:
        edit, reader = grouped_folds(groups, strata, PARTS, _SEED)[0]
    except UserError as error:
        return everybody, nobody, f"an independent reader: {error}"
    return edit, reader, ""
