"""Axes of age and sex, as readers that share neither people nor code with the edit see them change."""

from collections.abc import Mapping

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, SEX
from brainaging.pipeline.counterfactual.score.axes.axis_values import AxisValues
from brainaging.pipeline.counterfactual.score.axes.structure_axes import of_all
from brainaging.pipeline.counterfactual.score.edit_kinds import Edit

#: what a reader reads, by the covariate that an edit changes, and the axis' code
READ = {AGE: ("age", "axis_age_read"), SEX: ("sex", "axis_sex_read")}

Readings = Mapping[str, np.ndarray]


def reading_axes(
    edit: Edit, scan: Readings, edited: Readings, true: Readings, count: int
) -> dict[str, AxisValues]:
    """Return 1 − Σ (p − t)² / Σ t² for what an edit changes, age or sex, by the axes' codes.

    p and t are what a reader sees change from the scan to the edited image and to the true counterfactual: years,
    or log odds of being a man.

    Args:
        edit: the edit.
        scan, edited, true: what the reader reads, (m,) by "age" and "sex".
        count: of people, of whom the first m are read.
    """
    axes = {}
    for covariate in edit.covariates:
        if covariate in READ:
            name, code = READ[covariate]
            p, t = edited[name] - scan[name], true[name] - scan[name]
            square = np.square(t)
            gained = square - np.square(p - t)
            axes[code] = AxisValues(of_all(gained, count), of_all(square, count))
    return axes
