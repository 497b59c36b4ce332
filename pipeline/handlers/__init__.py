"""Handlers for any Ignite engine: what starts, watches, keeps, writes and evaluates a run.

For any engine, MONAI's (decollated or not) or a plain one of Ignite's: `StopWhenNotFinite`, `StopWhenCollapsed`,
`CurveWriter`, `Checkpoints`, `SamplePictures`, `EarlyStop`, `EpochProgress`, `LoadWeights`,
`ValidateAfterWarmup`, the writers `WritePredictions`, `WriteCodes`, `WriteVolumes`, `WriteOrdered`,
`WriteTable`, and the evaluations `FidelitySheet`, `CalibrationScores`, `HeadSizeAudit`, `SubgroupScores`,
`GateBeforeLabels`. For networks of this package: `LinearStart`, `LinearFit`, `GeneratorStart`, `FlowStart`,
`DescentStart`, `StackModels`.
"""

from brainaging.pipeline.handlers.checkpoints import BEST, LAST, START, Checkpoints
from brainaging.pipeline.handlers.code_writers import (
    WriteCodes,
    WriteOrdered,
    WriteTable,
    WriteVolumes,
    remove_beyond,
)
from brainaging.pipeline.handlers.collapse import StopWhenCollapsed
from brainaging.pipeline.handlers.curves import CurveWriter
from brainaging.pipeline.handlers.descent_start import DescentStart
from brainaging.pipeline.handlers.early_stop import EarlyStop
from brainaging.pipeline.handlers.evaluation import (
    CalibrationScores,
    Evaluated,
    EvaluationHandler,
    FidelitySheet,
    GateBeforeLabels,
    GateReference,
    HeadSizeAudit,
    SubgroupScores,
)
from brainaging.pipeline.handlers.finite import StopWhenNotFinite
from brainaging.pipeline.handlers.flow_start import FlowStart
from brainaging.pipeline.handlers.generator_start import GeneratorStart
from brainaging.pipeline.handlers.linear_start import LinearStart
from brainaging.pipeline.handlers.load_weights import LoadWeights
from brainaging.pipeline.handlers.prediction_table import WritePredictions
from brainaging.pipeline.handlers.predictor_start import LinearFit
from brainaging.pipeline.handlers.progress import EpochProgress
from brainaging.pipeline.handlers.sample_pictures import SamplePictures
from brainaging.pipeline.handlers.stacking import StackModels
from brainaging.pipeline.handlers.validate_after_warmup import ValidateAfterWarmup

__all__ = [
    "BEST",
    "LAST",
    "START",
    "CalibrationScores",
    "Checkpoints",
    "CurveWriter",
    "DescentStart",
    "EarlyStop",
    "EpochProgress",
    "Evaluated",
    "EvaluationHandler",
    "FidelitySheet",
    "FlowStart",
    "GateBeforeLabels",
    "GateReference",
    "GeneratorStart",
    "HeadSizeAudit",
    "LinearFit",
    "LinearStart",
    "LoadWeights",
    "SamplePictures",
    "StackModels",
    "StopWhenCollapsed",
    "StopWhenNotFinite",
    "SubgroupScores",
    "ValidateAfterWarmup",
    "WriteCodes",
    "WriteOrdered",
    "WritePredictions",
    "WriteTable",
    "WriteVolumes",
    "remove_beyond",
]
