"""Features of folds, predictions, scores, bootstrap, permutation, probes: statistics that write no file."""

from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects
from brainaging.pipeline.stats.head_size_audit import matched_on_head_size, scale_answers, without_head_size
from brainaging.pipeline.stats.label_gate import (
    Check,
    GateError,
    fingerprint_check,
    intensity_check,
    require,
    size_check,
)
from brainaging.pipeline.stats.reader_checks import (
    LabelPairs,
    agreement_check,
    balance_check,
    calibration_check,
    degeneracy_check,
    independence_check,
    intention_check,
    skill_check,
)
from brainaging.pipeline.stats.reliability import brier_score, expected_calibration_error

__all__ = [
    "Check",
    "FoldEncoding",
    "GateError",
    "LabelPairs",
    "Subjects",
    "agreement_check",
    "balance_check",
    "brier_score",
    "calibration_check",
    "degeneracy_check",
    "expected_calibration_error",
    "fingerprint_check",
    "independence_check",
    "intensity_check",
    "intention_check",
    "matched_on_head_size",
    "require",
    "scale_answers",
    "size_check",
    "skill_check",
    "without_head_size",
]
