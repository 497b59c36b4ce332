"""The simulated cohort: brains whose causes, and so whose counterfactuals, are known, at one session or several.

Two things it is not. Its effects were set so that the original study's numbers on real people are about met:
that a score on it comes near them shows nothing. And it shares its model with the edit that is scored against
it: both add stationary velocities of B-splines in the log domain, both let time run as a quadratic clock, give
the sexes plus and minus half of one field, scale heads about the origin of their space, start from one
template, and define ventricles in one way. A score against this truth says how well an edit finds the causes of
a world that its own model holds.

Where a scenario's physics are elastic that likeness is gone: tissue shrinks by what is prescribed to each
structure, fluid gives way, people's own shapes are other fields, structures have clocks and rates of their own.

Where people are made from real scans (``anatomies``) template and ventricles are shared no more.
"""

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
