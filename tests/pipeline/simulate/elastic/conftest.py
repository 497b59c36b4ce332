"""A ball of tissue with a core of fluid, in a layer of fluid, in a skull: shapes whose answers are known."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.cell_kinds import FLUID, OUTSIDE, Tissue
from brainaging.pipeline.simulate.elastic.elastic_brain import ElasticBrain
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES, VENTRICLES

SHELL, CORE = "thalamus", VENTRICLES


def ball(cells: int, step: float) -> Tissue:
    """Return a ball of tissue with a core, in a layer of fluid, on so many cells along each side."""
    axis = (np.arange(cells) + 0.5 - cells / 2) / (cells / 2)
    radius = np.sqrt(sum(np.square(np.meshgrid(axis, axis, axis, indexing="ij"))))
    kind = np.full((cells,) * 3, OUTSIDE)
    kind[radius < 0.85] = FLUID
    kind[radius < 0.65] = NAMES.index(SHELL)
    nearest = np.where(kind == FLUID, NAMES.index(SHELL), kind)
    kind[radius < 0.3] = nearest[radius < 0.3] = NAMES.index(CORE)
    return Tissue(kind, np.maximum(nearest, -1), step)


@pytest.fixture(scope="session")
def make_ball():
    return ball


@pytest.fixture(scope="session")
def brain():
    return ElasticBrain(ball(14, 4.0))


@pytest.fixture(scope="session")
def asked():
    def growth(**log_volumes: float) -> np.ndarray:
        values = {"shell": 0.0, "core": 0.0, **log_volumes}
        every = np.zeros(len(NAMES))
        every[NAMES.index(SHELL)], every[NAMES.index(CORE)] = values["shell"], values["core"]
        return every

    return growth
