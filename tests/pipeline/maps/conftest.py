"""Targets of rankings on planted tables."""

from collections.abc import Callable

import numpy as np
import pytest

from brainaging.pipeline.maps.importance import Target
from brainaging.pipeline.stats.table_spaces import table_spaces


@pytest.fixture(scope="session")
def targeted() -> Callable[..., Target]:
    """Return what makes a target, sex or age, of a planted table."""

    def target(made, name, folds=None, groups=None) -> Target:
        male = np.where(made.subjects.sex == "M", 0.5, -0.5)
        years = made.subjects.years
        labels, scores = (made.subjects.sex, male) if name == "sex" else (years, years)
        spaces = table_spaces(made.values, made.grouped if folds is None else folds)
        return Target(name, spaces, labels, scores, made.groups if groups is None else groups)

    return target
