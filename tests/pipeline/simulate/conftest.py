"""One renderer for the whole folder, whose fields take seconds to build, and brains that are balls."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, Anatomy


@pytest.fixture(scope="session")
def scenario():
    return load_scenario("hcp-ya")


@pytest.fixture(scope="session")
def renderer(scenario):
    torch.set_num_threads(1)
    return Renderer(scenario, seed=3, spacing=6.0)


@pytest.fixture(scope="session")
def causes(scenario):
    return draw_causes(scenario, seed=3, count=60)


@pytest.fixture(scope="session")
def ball_brain() -> Callable[[str, tuple[float, float, float]], Anatomy]:
    """Return what makes a ball of white matter (45 mm) in cortex (10 mm) and fluid (7 mm), a ventricle where told.

    The middle lies at (0, -18, 6); the ventricle is a ball of 14 mm, labelled 4, the cortex 1028.
    """
    lattice = Lattice((-80.0, -98.0, -74.0), (161, 161, 161), 1.0)

    def maps(points: np.ndarray, middle: tuple[float, float, float]) -> dict[str, np.ndarray]:
        radius = np.linalg.norm(points - np.array([0.0, -18.0, 6.0]), axis=-1)
        ventricles = np.linalg.norm(points - np.array(middle), axis=-1) < 14
        white, grey = (radius < 45) & ~ventricles, (radius >= 45) & (radius < 55)
        brain = radius < 62
        t1 = white + 0.7 * grey + 0.2 * (brain & ~white & ~grey)
        named = (t1, grey, white, brain, ventricles, grey, np.zeros(radius.shape, bool))
        return {name: values.astype(np.float32) for name, values in zip(MAPS, named, strict=True)}

    def make(name: str, middle: tuple[float, float, float]) -> Anatomy:
        fine = maps(lattice.points().numpy(), middle)
        coarse = maps(LATTICE.points().numpy(), middle)
        labels = np.where(coarse["ventricles"] > 0, 4, np.where(coarse["cortex"] > 0, 1028, 0))
        stacked = np.stack([fine[each] for each in MAPS])
        return Anatomy(name, stacked, lattice, labels.astype(np.int32), LATTICE.points(), 1.0, 0.15)

    return make


@pytest.fixture(scope="session")
def front_brain(ball_brain) -> Anatomy:
    return ball_brain("front", (0.0, 2.0, 6.0))


@pytest.fixture(scope="session")
def back_brain(ball_brain) -> Anatomy:
    return ball_brain("back", (0.0, -38.0, 6.0))
