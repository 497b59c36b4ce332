"""What options may be, where knowing it from its own room would cost an import of seconds.

`--help`, completion and a mistyped word need the words alone. A test holds that they are those of the rooms.
"""

from typing import Literal

#: :data:`brainaging.transforms.GRIDS`
GRIDS = ("t1w_32", "t1w_48", "t1w_64", "t1w_96", "t1w_128", "t1w_192")
#: :data:`brainaging.pipeline.experiments.reproduce.PARTS`
PARTS = ("scans", "table", "synthetic", "generators", "edits")
#: :data:`brainaging.pipeline.data.cohorts.validate.Space`
Space = Literal["template", "native"]
#: where :class:`brainaging.pipeline.engines.resources.memory_plan.MemoryPlan` has networks and volumes
Device = Literal["cpu", "cuda"]
#: :data:`brainaging.pipeline.data.cohorts.hcp.HcpImage`
HcpImage = Literal["acpc", "mni"]
#: :data:`brainaging.pipeline.counterfactual.cohort_alignment.KNOTS_MM`
KNOTS_MM = 12.0
