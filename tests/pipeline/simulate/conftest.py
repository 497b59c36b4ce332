"""One renderer for the whole folder: building its fields takes seconds."""

import pytest
import torch

from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario


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
