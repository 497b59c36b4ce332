"""Typed results, one vocabulary, and results.csv as their long form."""

from brainaging.pipeline.results.table import COLUMNS, Result, read_results, write_results

__all__ = ["COLUMNS", "Result", "read_results", "write_results"]
