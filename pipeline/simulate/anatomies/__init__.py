"""The brains that simulated people are made from: the MNI152 template, or real scans.

What the rest of the simulator knows of a brain is one :class:`Anatomy`. Everybody of a cohort without scans has
:func:`template_anatomy`; ``Cause.anatomy`` names a person's.

- ``anatomy.smoothed(spacing)``: its :data:`MAPS` for images of a spacing, on a lattice of its own.
- ``anatomy.on_lattice(LATTICE)``: the same by name on the lattice of fields, 4 mm in MNI mm.
- ``anatomy.structures``: FreeSurfer's labels (aseg and Desikan-Killiany, numbered as in ``aparc+aseg``) at the
  points of :data:`LATTICE`, 0 where there is none.
- ``anatomy.in_template``: where each point of :data:`LATTICE` lies in the template, mm: by it what a scenario
  plants at an MNI point is planted in the same place of another brain.
- ``anatomy.white`` and ``anatomy.contrast``: intensity of its white matter in its map ``t1``, and half of white
  matter's lead over grey.
"""

from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE, MAPS, Anatomy, SmoothedMaps
from brainaging.pipeline.simulate.anatomies.anatomy_files import KeptAnatomies
from brainaging.pipeline.simulate.anatomies.anatomy_source import (
    AnatomySource,
    build_anatomies,
    kept_anatomies,
)
from brainaging.pipeline.simulate.anatomies.phantom import TEMPLATE, template_anatomy
from brainaging.pipeline.simulate.anatomies.placed_scan import AnatomyScan

__all__ = [
    "LATTICE",
    "MAPS",
    "TEMPLATE",
    "Anatomy",
    "AnatomyScan",
    "AnatomySource",
    "KeptAnatomies",
    "SmoothedMaps",
    "build_anatomies",
    "kept_anatomies",
    "template_anatomy",
]
