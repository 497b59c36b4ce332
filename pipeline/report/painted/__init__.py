"""Painted brains: a value for every region, on pictures of the cortex and of the structures below it."""

from brainaging.pipeline.report.painted.paintable_atlases import Region
from brainaging.pipeline.report.painted.panel import paint
from brainaging.pipeline.report.painted.scale import Scale, difference_scale, level_scale

__all__ = ["Region", "Scale", "difference_scale", "level_scale", "paint"]
