"""MONAI transforms for T1w MRI, scikit-learn's for tables of measures: arrays in, arrays out."""

if __name__ != "brainaging.transforms":
    # The checkout's root is on sys.path: importing by the folder's name would load a second copy of every class.
    raise ImportError("import brainaging.transforms, not transforms")

from brainaging.transforms.augment import Augmentation, t1w_augmentation
from brainaging.transforms.bias import CorrectBias, CorrectBiasd, correct_bias
from brainaging.transforms.brain import brain_mask
from brainaging.transforms.chains import ScanSteps, t1w_chain, t1w_chain_array
from brainaging.transforms.checks.intensity_form import zeroed
from brainaging.transforms.checks.orientation import Finding, find_orientation
from brainaging.transforms.checks.orientation_mend import OrientationRule, mended_affine
from brainaging.transforms.grid import GRIDS, GridSpec, check_fingerprint, get_grid
from brainaging.transforms.head_size import head_size_ml, origin_voxel, scale_head
from brainaging.transforms.intensity import normalize_intensity
from brainaging.transforms.load import read_scan, read_scan_header
from brainaging.transforms.load_on_grid import LoadOnGrid, LoadOnGridd
from brainaging.transforms.morphometry import HeadSizeAdjuster, KeepInformative, table_pipeline
from brainaging.transforms.overlap import dice, template_dice
from brainaging.transforms.placing import place, resample
from brainaging.transforms.registration import Registration, register
from brainaging.transforms.scan_errors import GridMismatchError, ScanError
from brainaging.transforms.steps.check_brain import CheckBrain, CheckBraind
from brainaging.transforms.steps.load_label_map import LoadLabelMap, LoadLabelMapd
from brainaging.transforms.steps.load_scan import LoadScan, LoadScand
from brainaging.transforms.steps.normalize_on_grid import NormalizeOnGrid, NormalizeOnGridd
from brainaging.transforms.steps.place_on_grid import PlaceOnGrid, PlaceOnGridd
from brainaging.transforms.steps.register_to_template import RegisterToTemplate, RegisterToTemplated
from brainaging.transforms.strip import StripSkull, StripSkulld
from brainaging.transforms.template import aparc_aseg, atlas_folder, template_mask, template_volume
from brainaging.transforms.write import load_grid_nifti, save_nifti, to_native

__all__ = [
    "Augmentation",
    "CheckBrain",
    "CheckBraind",
    "CorrectBias",
    "CorrectBiasd",
    "Finding",
    "GRIDS",
    "GridMismatchError",
    "GridSpec",
    "HeadSizeAdjuster",
    "KeepInformative",
    "LoadLabelMap",
    "LoadLabelMapd",
    "LoadOnGrid",
    "LoadOnGridd",
    "LoadScan",
    "LoadScand",
    "NormalizeOnGrid",
    "NormalizeOnGridd",
    "OrientationRule",
    "PlaceOnGrid",
    "PlaceOnGridd",
    "RegisterToTemplate",
    "RegisterToTemplated",
    "Registration",
    "ScanError",
    "ScanSteps",
    "StripSkull",
    "StripSkulld",
    "aparc_aseg",
    "atlas_folder",
    "brain_mask",
    "check_fingerprint",
    "correct_bias",
    "dice",
    "find_orientation",
    "get_grid",
    "head_size_ml",
    "load_grid_nifti",
    "mended_affine",
    "normalize_intensity",
    "origin_voxel",
    "place",
    "read_scan",
    "read_scan_header",
    "register",
    "resample",
    "save_nifti",
    "scale_head",
    "t1w_augmentation",
    "t1w_chain",
    "t1w_chain_array",
    "table_pipeline",
    "template_dice",
    "template_mask",
    "template_volume",
    "to_native",
    "zeroed",
]
