"""Statistics on voxels and latents: probes, reconstruction, intervals, results."""

from brainaging.pipeline.analysis.encodings import FoldEncoding, Subjects
from brainaging.pipeline.analysis.gate import (
    GateError,
    agreement_check,
    calibration_check,
    degeneracy_check,
    fingerprint_check,
    intensity_check,
    require,
    size_check,
    skill_check,
)
from brainaging.pipeline.analysis.head_size_audit import matched_on_head_size, scale_answers, without_head_size
from brainaging.pipeline.analysis.reliability import brier_score, expected_calibration_error
from brainaging.pipeline.analysis.results import COLUMNS, Result, read_results, write_results
from brainaging.pipeline.analysis.study import analyse

__all__ = [
    "COLUMNS",
    "FoldEncoding",
    "GateError",
    "Result",
    "Subjects",
    "agreement_check",
    "analyse",
    "brier_score",
    "calibration_check",
    "degeneracy_check",
    "expected_calibration_error",
    "fingerprint_check",
    "intensity_check",
    "matched_on_head_size",
    "read_results",
    "require",
    "scale_answers",
    "size_check",
    "skill_check",
    "without_head_size",
    "write_results",
]
