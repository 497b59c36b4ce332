"""What is measured of a brain, real or generated, and how right each instrument is."""

from collections.abc import Mapping

import numpy as np

from brainaging.pipeline.experiments.generator_comparison.compared_people import ComparedPeople
from brainaging.pipeline.experiments.generator_comparison.registered_volumes import registered_volumes
from brainaging.pipeline.measures.fidelity.volume_reader import FEWEST, VolumeReader
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.transforms import template_mask

#: what is measured, by the names of true volumes
TRUTH_OF = {
    "ventricles": "ventricles",
    "grey": "grey",
    "white": "white",
    "ventricle_labels": "ventricles",
    "cortex_labels": "cortex",
    "ventricles_read": "ventricles",
    "cortex_read": "cortex",
    "grey_read": "grey",
    "white_read": "white",
}


class VolumeInstruments:
    """K-means of tissue, the template's labels by registration, and readers of true volumes where there are some.

    Args:
        people: readers learn from those who taught no generator.
    """

    def __init__(self, people: ComparedPeople) -> None:
        self.grid = people.grid
        readers = people.readers
        known = bool(readers.true) and len(readers) >= FEWEST
        mask = template_mask(people.grid)
        self.reader = VolumeReader.fit(readers.volumes, readers.true, readers.groups, mask) if known else None

    def measures(self, volumes: np.ndarray) -> Mapping[str, np.ndarray]:
        """Return volumes (n,) in mL by what they are of, of brains (n, X, Y, Z)."""
        read = {} if self.reader is None else self.reader.read(volumes)
        registered = registered_volumes(volumes, self.grid)
        return {
            "head_size": head_sizes(volumes, self.grid.spacing),
            **tissue_volumes(volumes, self.grid),
            "ventricle_labels": registered["ventricles"],
            "cortex_labels": registered["cortex"],
            **{f"{name}_read": values for name, values in read.items()},
        }
