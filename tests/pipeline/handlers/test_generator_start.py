"""What items say of people's sexes reaches the generator's latents, and what they do not say does not."""

import copy

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.networks import T1wGenerator
from brainaging.pipeline.handlers import GeneratorStart

SHAPE = (12, 12, 12)


def _items(labelled: bool) -> list[dict]:
    """Return blobs that differ in place and size; those of one kind are larger."""
    random = np.random.default_rng(0)
    axes = np.stack(np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    items = []
    for number in range(40):
        size = 0.45 + 0.15 * (number % 2) + 0.02 * random.standard_normal(3)
        far = np.square((axes - 0.05 * random.standard_normal(3)) / size).sum(-1)
        brain = 1 / (1 + np.exp(-8 * (1 - far))) * (1 + 0.1 * random.standard_normal(SHAPE))
        items.append({"image": torch.from_numpy(brain[None].astype(np.float32))})
        if labelled:
            items[-1]["label"] = number % 2
    return items


@pytest.mark.parametrize("labelled", [True, False])
def test_latents_have_two_humps_where_items_are_labelled(labelled: bool) -> None:
    network = T1wGenerator(np.ones(SHAPE, dtype=bool), latent_size=12, detail=5, hidden=5, lattice=3)
    average = copy.deepcopy(network)
    engine = Engine(lambda engine, batch: None)
    engine.state.max_epochs = 2
    GeneratorStart(network, _items(labelled), average, warmup=1).start(engine)
    for each in (network, average):
        assert float(each.kinds.axis.norm()) == pytest.approx(float(labelled))
