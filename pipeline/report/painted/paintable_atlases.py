"""The atlases that are painted, loaded by :mod:`brainaging.pipeline.data.freesurfer_atlases`."""

from brainaging.pipeline.data.freesurfer_atlases import (
    ASEG,
    CORTEX,
    CORTICAL,
    DESIKAN_KILLIANY,
    DESTRIEUX,
    WHITE,
    Atlas,
    Region,
    atlas,
    spelling,
)

__all__ = [
    "ASEG",
    "CORTEX",
    "CORTICAL",
    "DESIKAN_KILLIANY",
    "DESTRIEUX",
    "WHITE",
    "Atlas",
    "Region",
    "atlas",
    "spelling",
]
