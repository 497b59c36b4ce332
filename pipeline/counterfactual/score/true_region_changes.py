"""How regions of a simulated person truly change in volume, and how often an edit's intervals hold that."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas
from brainaging.pipeline.simulate import Cause
from brainaging.pipeline.simulate.anatomies import LATTICE


def region_ml(truth: Truth, cause: Cause) -> dict[Region, float]:
    """Return the volumes in mL of a person's regions: the integral of what each point of them holds in the person,
    scaled so that the brain is as large as the person's head.
    """
    jacobian, label_volumes = truth.renderer.point_volumes(cause)
    anatomy = truth.renderer.anatomies[cause.anatomy]
    brain = float((jacobian * anatomy.on_lattice(LATTICE)["brain"]).sum())
    sums = np.bincount(anatomy.structures.ravel(), label_volumes.ravel())
    regions = atlas(DESIKAN_KILLIANY).regions
    return {
        region: cause.head_size * float(sums[label]) / brain
        for label, region in regions.items()
        if label < len(sums) and sums[label] > 0
    }


def true_region_changes(truth: Truth, before: Cause, after: Cause) -> dict[Region, float]:
    """Return the changes in per cent of regions' volumes from ``before`` to ``after``."""
    start, end = region_ml(truth, before), region_ml(truth, after)
    return {region: 100 * (end[region] / start[region] - 1) for region in start.keys() & end.keys()}


def covered(regions: pd.DataFrame, true: Mapping[Region, float]) -> pd.DataFrame:
    """Return the rows of a table of :func:`brainaging.pipeline.counterfactual.region_changes.region_changes` whose
    truth is known, with the columns ``true`` (per cent) and ``inside`` (whether the interval holds it).
    """
    names = zip(regions["structure"], regions["hemisphere"], strict=True)
    values = np.array([true.get(Region(*name), np.nan) for name in names])
    table = regions.assign(true=values)[np.isfinite(values)]
    return table.assign(
        inside=(table["bootstrap_low"] <= table["true"]) & (table["true"] <= table["bootstrap_high"])
    )
