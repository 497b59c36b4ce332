"""Statistics on voxels and latents: probes, reconstruction, intervals, results."""

from brainaging.pipeline.analysis.encodings import FoldEncoding, Subjects
from brainaging.pipeline.analysis.results import COLUMNS, Result, read_results, write_results
from brainaging.pipeline.analysis.study import analyse

__all__ = ["COLUMNS", "FoldEncoding", "Result", "Subjects", "analyse", "read_results", "write_results"]
