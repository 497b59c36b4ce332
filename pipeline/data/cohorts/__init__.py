"""Cohorts: HCP, BIDS, FreeSurfer, a CSV of scans or of people into one typed table, with every problem named."""

from brainaging.pipeline.data.cohorts.codes import BRACKETS, parse_sex_codes
from brainaging.pipeline.data.cohorts.cohort import Cohort, GroupBy
from brainaging.pipeline.data.cohorts.hcp import HcpImage
from brainaging.pipeline.data.cohorts.layouts import Layout, SourceFormat, detect, read_cohort
from brainaging.pipeline.data.cohorts.problems import CohortError, Problems
from brainaging.pipeline.data.cohorts.restricted import read_restricted
from brainaging.pipeline.data.cohorts.tables import TextTable, read_table
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS, Space

__all__ = [
    "BRACKETS",
    "PUBLIC_COLUMNS",
    "Cohort",
    "CohortError",
    "GroupBy",
    "HcpImage",
    "Layout",
    "Problems",
    "SourceFormat",
    "Space",
    "TextTable",
    "detect",
    "parse_sex_codes",
    "read_cohort",
    "read_restricted",
    "read_table",
]
