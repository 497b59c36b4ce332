"""MONAI transforms for T1w MRI: arrays in, arrays out."""

if __name__ != "brainaging.transforms":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.transforms, not transforms")

from brainaging.transforms.errors import GridMismatchError, ScanError
from brainaging.transforms.grid import GRIDS, GridSpec, check_fingerprint, get_grid
from brainaging.transforms.head_size import head_size_ml
from brainaging.transforms.load import read_scan
from brainaging.transforms.template import template_mask, template_volume

__all__ = [
    "GRIDS",
    "GridMismatchError",
    "GridSpec",
    "ScanError",
    "check_fingerprint",
    "get_grid",
    "head_size_ml",
    "read_scan",
    "template_mask",
    "template_volume",
]
