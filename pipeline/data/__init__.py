"""Cohorts from HCP, BIDS, FreeSurfer or a CSV; splits that do not leak; prepared volumes and cached datasets."""

from brainaging.pipeline.data.codes import BRACKETS, parse_sex_codes
from brainaging.pipeline.data.cohort import Cohort
from brainaging.pipeline.data.datasets import DiskCacheDataset, cached_dataset, loader
from brainaging.pipeline.data.grid_of import grid_of
from brainaging.pipeline.data.labels import (
    SEXES,
    labelled_datalist,
    sex_numbers,
    sexed_datalist,
    target_classes,
    target_labels,
    with_labels,
    with_sex,
)
from brainaging.pipeline.data.prepare import prepare
from brainaging.pipeline.data.prepared import Prepared, datalist
from brainaging.pipeline.data.problems import CohortError
from brainaging.pipeline.data.read import detect, read_cohort
from brainaging.pipeline.data.restricted import read_restricted
from brainaging.pipeline.data.scan import DiskFullError
from brainaging.pipeline.data.splits import LeakError, check_leak, grouped_folds, holdout, random_folds

__all__ = [
    "BRACKETS",
    "SEXES",
    "Cohort",
    "CohortError",
    "DiskCacheDataset",
    "DiskFullError",
    "LeakError",
    "Prepared",
    "cached_dataset",
    "check_leak",
    "datalist",
    "detect",
    "grid_of",
    "grouped_folds",
    "holdout",
    "labelled_datalist",
    "loader",
    "parse_sex_codes",
    "prepare",
    "random_folds",
    "read_cohort",
    "read_restricted",
    "sex_numbers",
    "sexed_datalist",
    "target_classes",
    "target_labels",
    "with_labels",
    "with_sex",
]
