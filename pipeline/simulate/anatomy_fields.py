"""What rendering people of one anatomy needs: its maps at a spacing, and the scenario's effects on its tissue."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, Anatomy
from brainaging.pipeline.simulate.fields import EffectFields, effect_fields
from brainaging.pipeline.simulate.scenario import VELOCITY, Scenario

FLUID_SHARE = 0.1
"""A voxel with less tissue is fluid. A choice of this world: partly filled voxels are brighter."""


@dataclass(frozen=True)
class AnatomyFields:
    """One anatomy, ready to be rendered.

    Attributes:
        signal: (3, X, Y, Z): t1, white less grey, brain.
        lattice: of the signal.
        tissues: (7, 45, 54, 47), the anatomy's maps on :data:`LATTICE`.
        effects: of the scenario; None where its physics have no velocities.
        white_matter: (1, X, Y, Z), its share; fluid: its intensity in the signal.
        white, contrast: intensity of white matter in the signal, and half of its lead over grey.
    """

    signal: Tensor
    lattice: Lattice
    tissues: Tensor
    effects: EffectFields | None
    white_matter: Tensor
    fluid: float
    white: float
    contrast: float

    @classmethod
    def of(cls, anatomy: Anatomy, scenario: Scenario, spacing: float) -> "AnatomyFields":
        """Make an anatomy ready for images of ``spacing`` mm."""
        smooth = anatomy.smoothed(spacing)
        maps = {name: smooth.maps[MAPS.index(name)] for name in ("t1", "grey", "white", "brain")}
        return cls(
            torch.stack([maps["t1"], maps["white"] - maps["grey"], maps["brain"]]),
            smooth.lattice,
            torch.from_numpy(np.stack(list(anatomy.on_lattice(LATTICE).values()))),
            effect_fields(scenario, anatomy) if scenario.physics == VELOCITY else None,
            maps["white"][None],
            _fluid(anatomy),
            anatomy.white,
            anatomy.contrast,
        )


def _fluid(anatomy: Anatomy) -> float:
    """Return the intensity of fluid in an anatomy's t1: the median of what is fluid, or its darkest hundredth."""
    t1, grey, white, brain = (anatomy.maps[MAPS.index(name)] for name in ("t1", "grey", "white", "brain"))
    inside = brain > 0.5
    fluid = t1[inside & (grey + white < FLUID_SHARE)]
    return float(np.median(fluid) if fluid.size else np.quantile(t1[inside], 0.01))
