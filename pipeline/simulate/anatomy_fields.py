"""What rendering people of one anatomy needs: its maps at a spacing, and the scenario's effects on its tissue."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, Anatomy
from brainaging.pipeline.simulate.fields import EffectFields, effect_fields
from brainaging.pipeline.simulate.scenario import Scenario


@dataclass(frozen=True)
class AnatomyFields:
    """One anatomy, ready to be rendered.

    Attributes:
        signal: (3, X, Y, Z): t1, white less grey, brain.
        lattice: of the signal.
        tissues: (7, 45, 54, 47), the anatomy's maps on :data:`LATTICE`.
        effects: of the scenario.
        white, contrast: intensity of white matter in the signal, and half of its lead over grey.
    """

    signal: Tensor
    lattice: Lattice
    tissues: Tensor
    effects: EffectFields
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
            effect_fields(scenario, anatomy),
            anatomy.white,
            anatomy.contrast,
        )
