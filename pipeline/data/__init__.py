"""Cohorts from HCP, BIDS, FreeSurfer or a CSV; splits that do not leak; prepared volumes and cached datasets."""

from brainaging.pipeline.data.codes import BRACKETS, parse_sex_codes
from brainaging.pipeline.data.cohort import Cohort
from brainaging.pipeline.data.problems import CohortError
from brainaging.pipeline.data.read import detect, read_cohort
from brainaging.pipeline.data.restricted import read_restricted
from brainaging.pipeline.data.splits import LeakError, check_leak, grouped_folds, holdout, random_folds

__all__ = [
    "BRACKETS",
    "Cohort",
    "CohortError",
    "LeakError",
    "check_leak",
    "detect",
    "grouped_folds",
    "holdout",
    "parse_sex_codes",
    "random_folds",
    "read_cohort",
    "read_restricted",
]
