"""Morphometry tables: read, described column by column, cut to a cohort."""

from brainaging.pipeline.data.morphometry.columns import Column, parse_column
from brainaging.pipeline.data.morphometry.measure_table import (
    Morphometry,
    describe,
    exponents,
    head_size_column,
)
from brainaging.pipeline.data.morphometry.mirror import mirror_of
from brainaging.pipeline.data.morphometry.prepared_table import (
    PreparedTable,
    columns_of,
    is_prepared_table,
    prepare_morphometry,
    table_datalist,
    table_fingerprint,
)
from brainaging.pipeline.data.morphometry.read import read_morphometry
from brainaging.pipeline.data.morphometry.rows_to_read import rows_to_read

__all__ = [
    "Column",
    "Morphometry",
    "PreparedTable",
    "columns_of",
    "describe",
    "exponents",
    "head_size_column",
    "is_prepared_table",
    "mirror_of",
    "parse_column",
    "prepare_morphometry",
    "read_morphometry",
    "rows_to_read",
    "table_datalist",
    "table_fingerprint",
]
