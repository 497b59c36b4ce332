"""Whether a cohort is enough to make and to judge synthetic brains."""

from collections.abc import Sequence

from brainaging.pipeline.data import Prepared, sex_numbers
from brainaging.pipeline.stats.sample_space import Fold

#: an appearance model has nine numbers before the first of its looks
FEWEST, FEWEST_OF_A_SEX = 12, 2


def impossible(prepared: Prepared, folds: Sequence[Fold]) -> str:
    """Return why a cohort's synthetic brains cannot be studied, "" where they can."""
    train, test = folds[0]
    if len(train) < FEWEST:
        return f"{len(train)} training scans, at least {FEWEST} needed"
    for name, rows in (("training", train), ("test", test)):
        labels = sex_numbers(prepared.cohort)[rows]
        fewest = min(int((labels == number).sum()) for number in (0, 1))
        if fewest < FEWEST_OF_A_SEX:
            return f"{fewest} {name} scans of one sex, at least {FEWEST_OF_A_SEX} needed"
    return ""
