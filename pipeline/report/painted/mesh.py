"""The surface that is painted: fsaverage5 as nilearn ships it, half-way inflated so that sulci show."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nibabel
import nilearn.datasets
import numpy as np

HEMISPHERES = ("left", "right")
# Fully inflated, a brain looks like a balloon; as it is, half of Destrieux' regions hide in sulci, the insula too.
_INFLATION = 0.6
_LENGTH = 200.0


@dataclass(frozen=True)
class Mesh:
    """One hemisphere of fsaverage5.

    Attributes:
        white, pial: vertices (10242, 3) of the two surfaces of the cortex in MNI305 mm.
        shown: vertices (10242, 3) of the surface that is drawn, centred; 200 long from back to front.
        faces: (20480, 3) vertex numbers, outward by the right-hand rule.
        sulc: (10242,) sulcal depth, positive in sulci.
        thickness: (10242,) mm; about 0 on the medial wall, where there is no cortex.
    """

    white: np.ndarray
    pial: np.ndarray
    shown: np.ndarray
    faces: np.ndarray
    sulc: np.ndarray
    thickness: np.ndarray


@cache
def mesh(hemisphere: str) -> Mesh:
    """Return the mesh of the "left" or "right" hemisphere."""
    pial, faces = (part.data for part in _gifti("pial", hemisphere).darrays)
    white, inflated = (_gifti(name, hemisphere).darrays[0].data for name in ("white", "infl"))
    sulc, thickness = (_gifti(name, hemisphere).darrays[0].data for name in ("sulc", "thick"))
    shown = (1 - _INFLATION) * _centred(pial) + _INFLATION * _centred(inflated)
    # Reflecting a hemisphere turns its faces inside out: whatever the file has, here they look outward.
    corners = pial[faces].astype(float)
    outward = np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) > 0
    faces = np.asarray(faces if outward else faces[:, ::-1])
    return Mesh(white.astype(float), pial.astype(float), _centred(shown), faces, sulc.astype(float), thickness)


def _centred(vertices: np.ndarray) -> np.ndarray:
    low, high = vertices.min(axis=0).astype(float), vertices.max(axis=0).astype(float)
    return (vertices - (low + high) / 2) * _LENGTH / (high - low)[1]


def _gifti(name: str, hemisphere: str) -> nibabel.GiftiImage:
    folder = Path(nilearn.datasets.__file__).parent / "data" / "fsaverage5"
    return nibabel.GiftiImage.from_filename(folder / f"{name}_{hemisphere}.gii.gz")
