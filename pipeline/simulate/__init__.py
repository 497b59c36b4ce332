"""The simulated cohort: brains whose causes, and so whose counterfactuals, are known."""

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.simulate.causes import Cause, draw_causes
from brainaging.pipeline.simulate.render import Rendered, Renderer
from brainaging.pipeline.simulate.scenario import Scenario, load_scenario
from brainaging.pipeline.simulate.simulate import simulate

__all__ = [
    "Cause",
    "FoldedWarpError",
    "Rendered",
    "Renderer",
    "Scenario",
    "draw_causes",
    "load_scenario",
    "simulate",
]
