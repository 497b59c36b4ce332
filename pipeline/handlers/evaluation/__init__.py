"""Handlers that evaluate a model in any Ignite engine: findings of the results' vocabulary, and metrics."""

from brainaging.pipeline.handlers.evaluation.calibration import CalibrationScores
from brainaging.pipeline.handlers.evaluation.evaluation_handler import Evaluated, EvaluationHandler
from brainaging.pipeline.handlers.evaluation.fidelity_sheet import FidelitySheet
from brainaging.pipeline.handlers.evaluation.gate_before_labels import GateBeforeLabels, GateReference
from brainaging.pipeline.handlers.evaluation.head_size_handler import HeadSizeAudit
from brainaging.pipeline.handlers.evaluation.predictor_handler import PredictorHandler
from brainaging.pipeline.handlers.evaluation.subgroups import SubgroupScores

__all__ = [
    "CalibrationScores",
    "Evaluated",
    "EvaluationHandler",
    "FidelitySheet",
    "GateBeforeLabels",
    "GateReference",
    "HeadSizeAudit",
    "PredictorHandler",
    "SubgroupScores",
]
