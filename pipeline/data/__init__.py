"""Cohorts from HCP, BIDS, FreeSurfer or a CSV; splits that do not leak; prepared volumes and cached datasets."""

from brainaging.pipeline.data.cohorts import (
    BRACKETS,
    Cohort,
    CohortError,
    SourceFormat,
    detect,
    parse_sex_codes,
    read_cohort,
    read_restricted,
)
from brainaging.pipeline.data.covariate_design import (
    COVARIATE_UNITS,
    COVARIATES,
    CovariateTerm,
    covariate_kinds,
    covariate_names,
    covariate_terms,
)
from brainaging.pipeline.data.datasets import DiskCacheDataset, cached_dataset, loader, stacked_images
from brainaging.pipeline.data.disk_full import DiskFullError
from brainaging.pipeline.data.grid_of import grid_of
from brainaging.pipeline.data.person_covariates import (
    covariate_datalist,
    known_years,
    person_covariates,
    with_covariates,
)
from brainaging.pipeline.data.prepare import prepare
from brainaging.pipeline.data.prepared import Prepared, datalist
from brainaging.pipeline.data.recipe import Recipe
from brainaging.pipeline.data.scan_source import ScanSource
from brainaging.pipeline.data.splits import LeakError, check_leak, grouped_folds, holdout, random_folds
from brainaging.pipeline.data.targets import (
    SEXES,
    labelled_datalist,
    sex_numbers,
    sexed_datalist,
    target_classes,
    target_labels,
    with_labels,
    with_sex,
)

__all__ = [
    "BRACKETS",
    "COVARIATES",
    "COVARIATE_UNITS",
    "SEXES",
    "Cohort",
    "CohortError",
    "CovariateTerm",
    "DiskCacheDataset",
    "DiskFullError",
    "LeakError",
    "Prepared",
    "Recipe",
    "ScanSource",
    "SourceFormat",
    "cached_dataset",
    "check_leak",
    "covariate_datalist",
    "covariate_kinds",
    "covariate_names",
    "covariate_terms",
    "datalist",
    "detect",
    "grid_of",
    "grouped_folds",
    "holdout",
    "known_years",
    "labelled_datalist",
    "loader",
    "parse_sex_codes",
    "person_covariates",
    "prepare",
    "random_folds",
    "read_cohort",
    "read_restricted",
    "sex_numbers",
    "sexed_datalist",
    "stacked_images",
    "target_classes",
    "target_labels",
    "with_covariates",
    "with_labels",
    "with_sex",
]
