"""How regions of a simulated person truly change in volume, and how often an edit's intervals hold that."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch

from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.structures.structure_labels import (
    STRUCTURES,
    structure_by_label,
    structure_of,
)
from brainaging.pipeline.counterfactual.score.structures.volume_instruments import half_step_affine
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas
from brainaging.pipeline.simulate import Cause
from brainaging.pipeline.simulate.anatomies import LATTICE


def structure_map(truth: Truth, cause: Cause) -> np.ndarray:
    """Return the structures of a person on the truth's grid at half its step, (2X, 2Y, 2Z) uint8: 0 is none, k the
    k-th of :data:`~brainaging.pipeline.counterfactual.score.structures.structure_labels.STRUCTURES`.

    What the scenario itself moved there: the labels of the person's anatomy, nearest neighbour, carried along by
    their own deformation, head size and position.
    """
    affine = half_step_affine(truth.grid)
    index = np.stack(np.meshgrid(*(np.arange(2 * size) for size in truth.grid.shape), indexing="ij"), axis=-1)
    points = index.reshape(-1, 3) @ affine[:3, :3].T + affine[:3, 3]
    moved = truth.renderer.anatomy_points(cause, torch.from_numpy(points.astype(np.float32))).numpy()
    nearest = np.rint((moved - np.array(LATTICE.origin)) / LATTICE.step).astype(int)
    inside = ((nearest >= 0) & (nearest < LATTICE.shape)).all(axis=-1)
    anatomy = truth.renderer.anatomies[cause.anatomy]
    labels = np.zeros(len(points), dtype=np.uint8)
    labels[inside] = structure_by_label()[anatomy.structures[tuple(nearest[inside].T)]]
    return labels.reshape(index.shape[:-1])


def structure_ml(truth: Truth, cause: Cause) -> np.ndarray:
    """Return the true volumes in mL of a person's structures, (s,), in the order of ``STRUCTURES``."""
    volumes = np.zeros(len(STRUCTURES) + 1)
    for region, ml in region_ml(truth, cause).items():
        volumes[structure_of(region)] += ml
    return volumes[1:]


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
