"""Typed results, one vocabulary, and results.csv as their long form."""

from brainaging.pipeline.results.comparison import Comparison, compare
from brainaging.pipeline.results.edit_findings import (
    DirectionCosine,
    EditScore,
    FollowUpScore,
    InstrumentScore,
)
from brainaging.pipeline.results.findings import KINDS
from brainaging.pipeline.results.prediction_findings import (
    Difference,
    NotComputed,
    PermutationP,
    RankingPrecision,
    Score,
)
from brainaging.pipeline.results.reconstruction_findings import ErrorRatio, Inversion, Reconstruction
from brainaging.pipeline.results.scoring import Baseline, Scoring
from brainaging.pipeline.results.shared_fields import Compared, Finding, Measured, Probe, measured
from brainaging.pipeline.results.synthesis_findings import (
    Distance,
    GateCheck,
    GeneratorMeasure,
    LabelScore,
    ScaleResponse,
)
from brainaging.pipeline.results.table import (
    COLUMNS,
    SCHEMA,
    from_frame,
    read_results,
    readable_results,
    to_frame,
    write_results,
)
from brainaging.pipeline.results.vocabulary import AXES, METRICS, TERMS, MetricTerm, UnknownCodeError, title, words

__all__ = [
    "AXES",
    "COLUMNS",
    "KINDS",
    "METRICS",
    "SCHEMA",
    "TERMS",
    "Baseline",
    "Compared",
    "Comparison",
    "Difference",
    "DirectionCosine",
    "Distance",
    "EditScore",
    "ErrorRatio",
    "Finding",
    "FollowUpScore",
    "GateCheck",
    "GeneratorMeasure",
    "InstrumentScore",
    "Inversion",
    "LabelScore",
    "Measured",
    "MetricTerm",
    "NotComputed",
    "PermutationP",
    "Probe",
    "RankingPrecision",
    "Reconstruction",
    "ScaleResponse",
    "Score",
    "Scoring",
    "UnknownCodeError",
    "compare",
    "from_frame",
    "measured",
    "read_results",
    "readable_results",
    "title",
    "to_frame",
    "words",
    "write_results",
]
