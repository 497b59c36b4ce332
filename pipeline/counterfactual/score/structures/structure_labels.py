"""Which regions of the atlas make up the structures whose volumes are scored."""

from functools import cache

import numpy as np

from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas

#: structures on both sides, by the regions of aparc and aseg that they are joined from: what is smaller than a few
#: mL cannot be measured at 4 mm. Cortex by lobes as FreeSurfer joins Desikan-Killiany's parcels (Klein and
#: Tourville 2012, Frontiers in Neuroscience 6:171). Sensitivity: not measured; a choice of what is scored
_SIDED = {
    "lateral_ventricle": ("lateral_ventricle", "inf_lat_vent", "choroid_plexus"),
    "thalamus": ("thalamus",),
    "caudate": ("caudate", "accumbens_area"),
    "putamen": ("putamen",),
    "pallidum": ("pallidum",),
    "hippocampus": ("hippocampus",),
    "amygdala": ("amygdala",),
    "cerebellum": ("cerebellum_cortex", "cerebellum_white_matter"),
    "cerebral_white_matter": ("cerebral_white_matter",),
    "frontal_cortex": (
        *("superiorfrontal", "rostralmiddlefrontal", "caudalmiddlefrontal", "parsopercularis", "parstriangularis"),
        *(
            "parsorbitalis",
            "lateralorbitofrontal",
            "medialorbitofrontal",
            "precentral",
            "paracentral",
            "frontalpole",
        ),
    ),
    "parietal_cortex": ("superiorparietal", "inferiorparietal", "supramarginal", "postcentral", "precuneus"),
    "temporal_cortex": (
        *("superiortemporal", "middletemporal", "inferiortemporal", "bankssts", "fusiform", "transversetemporal"),
        *("entorhinal", "temporalpole", "parahippocampal"),
    ),
    "occipital_cortex": ("lateraloccipital", "lingual", "cuneus", "pericalcarine"),
    "cingulate_cortex": (
        *("rostralanteriorcingulate", "caudalanteriorcingulate", "posteriorcingulate", "isthmuscingulate"),
    ),
    "insula": ("insula",),
}
_MIDLINE = {"3rd_ventricle": ("3rd_ventricle",), "brain_stem": ("brain_stem",)}
#: every structure, in the order of tables; label k of a map of structures is STRUCTURES[k - 1], 0 is none of them
STRUCTURES: tuple[Region, ...] = (
    *(Region(name, side) for name in _SIDED for side in ("left", "right")),
    *(Region(name, "") for name in _MIDLINE),
)
VENTRICLES = ("lateral_ventricle", "3rd_ventricle")


def structure_name(region: Region) -> str:
    """Return a structure's name in tables: "left hippocampus", "brain stem"."""
    return f"{region.hemisphere} {region.structure}".replace("_", " ").strip()


NAMES = tuple(structure_name(region) for region in STRUCTURES)
#: positions among :data:`STRUCTURES` of the ventricles
OF_VENTRICLES = np.array([region.structure in VENTRICLES for region in STRUCTURES])


def structure_of(region: Region) -> int:
    """Return the label of the structure that an atlas' region belongs to, 0 for none."""
    for name, parts in (_SIDED if region.hemisphere else _MIDLINE).items():
        if region.structure in parts:
            return 1 + STRUCTURES.index(Region(name, region.hemisphere))
    return 0


@cache
def structure_by_label() -> np.ndarray:
    """Return the structure's label of every label of Desikan-Killiany's atlas and aseg, (labels,) uint8."""
    regions = atlas(DESIKAN_KILLIANY).regions
    labels = np.zeros(max(regions) + 1, dtype=np.uint8)
    for label, region in regions.items():
        labels[label] = structure_of(region)
    return labels
