"""Do generated brains lie among real ones, and reach all of them? Precision, recall, density and coverage."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.neighbors import NearestNeighbors

from brainaging.networks.linear.row_blocks import row_blocks
from brainaging.pipeline.measures.fidelity.distances import check_samples
from brainaging.pipeline.runtime import UserError

#: k of Naeem et al. 2020 (ICML), who choose it so that real against real covers nearly all: 1 − 0.5⁵ = 0.97.
#: Sensitivity: with 3 that ceiling is 0.88
NEIGHBOURS = 5


@dataclass(frozen=True)
class Coverage:
    """Shares from 0 to 1; ``density`` may exceed 1. Real against real gives about 1 − 0.5^k for ``coverage``.

    ``members`` has what each is the mean of: a number a generated brain for precision and density, a number a
    real one for recall and coverage.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    members: Mapping[str, np.ndarray]


def coverage(generated: np.ndarray, real: np.ndarray, neighbours: int = NEIGHBOURS) -> Coverage:
    """Return how two samples of features, (k, d) and (n, d), cover each other.

    A sample's manifold is the union of balls around its members that reach to their k-th neighbour. Precision:
    share of generated brains inside the real manifold; recall: share of real ones inside the generated
    (Kynkäänniemi et al. 2019). Density: how many real balls hold a generated brain, by k; coverage: share of real
    balls that hold one (Naeem et al. 2020).

    Raises:
        UserError: too few members for that many neighbours.
    """
    check_samples(generated, real)
    if min(len(generated), len(real)) <= neighbours:
        raise UserError(
            f"coverage: expected more than {neighbours} generated and real brains, "
            f"found {len(generated)} and {len(real)}"
        )
    around_real, around_generated = _radii(real, neighbours), _radii(generated, neighbours)
    holding, recalled, covered = np.zeros(len(generated), int), *np.zeros((2, len(real)), bool)
    for block in row_blocks(len(generated), 8 * len(real)):
        gap = euclidean_distances(generated[block], real)
        inside = gap <= around_real
        holding[block] = inside.sum(axis=1)
        recalled |= (gap <= around_generated[block, None]).any(axis=0)
        covered |= inside.any(axis=0)
    members = {
        "precision": (holding > 0).astype(float),
        "recall": recalled.astype(float),
        "density": holding / neighbours,
        "coverage": covered.astype(float),
    }
    return Coverage(**{name: float(values.mean()) for name, values in members.items()}, members=members)


def _radii(sample: np.ndarray, neighbours: int) -> np.ndarray:
    # the nearest of a member is itself
    return NearestNeighbors(n_neighbors=neighbours + 1).fit(sample).kneighbors(sample)[0][:, -1]
