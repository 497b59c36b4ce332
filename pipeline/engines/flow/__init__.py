"""Engines of the conditional generator: its flow is trained, evaluated, and asked for people."""

from brainaging.pipeline.engines.flow.brains_to_order import ordered_brains
from brainaging.pipeline.engines.flow.flow_training import (
    FlowEvaluator,
    FlowObjective,
    FlowTrainer,
    velocity_errors,
    with_dropped,
)
from brainaging.pipeline.engines.flow.order_inferer import OrderBatch, OrderInferer

__all__ = [
    "FlowEvaluator",
    "FlowObjective",
    "FlowTrainer",
    "OrderBatch",
    "OrderInferer",
    "ordered_brains",
    "velocity_errors",
    "with_dropped",
]
