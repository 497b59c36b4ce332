"""The encoder's descent is fitted once, to brains of the generator that it is given."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from brainaging.networks import T1wGenerator, T1wLatentEncoder
from brainaging.pipeline.handlers import DescentStart
from brainaging.pipeline.runtime import UserError

SHAPE = (12, 12, 12)
SIZES = {"latent_size": 11, "detail": 4, "hidden": 4, "lattice": 3}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    axes = torch.stack(torch.meshgrid(*[torch.linspace(-1, 1, n) for n in SHAPE], indexing="ij"), -1)
    centre, size = 0.05 * torch.randn(40, 1, 1, 1, 3), 0.5 * torch.exp(0.1 * torch.randn(40, 1, 1, 1, 3))
    blobs = torch.sigmoid(6 * (1 - ((axes - centre) / size).square().sum(-1)))[:, None]
    network = T1wGenerator(np.ones(SHAPE, dtype=bool), **SIZES)
    network.start_from(blobs)
    network.fit_detail(blobs)
    path = tmp_path_factory.mktemp("generator") / "best.pt"
    torch.save({"model": network.state_dict()}, path)
    return path


def _started(weights, count: int = 60, epoch: int = 0, seed: int = 0) -> T1wLatentEncoder:
    network = T1wLatentEncoder(np.ones(SHAPE, dtype=bool), **SIZES)
    DescentStart(network, str(weights), count, seed).start(SimpleNamespace(state=SimpleNamespace(epoch=epoch)))
    return network


def test_the_fit_is_the_generators_and_the_seeds(weights) -> None:
    first, again, other = (_started(weights, seed=seed) for seed in (0, 0, 1))
    trained = torch.load(weights, weights_only=True)["model"]
    assert torch.equal(first.generator.components, trained["components"])
    assert first.image.abs().max() > 0
    assert torch.equal(first.image, again.image)
    assert not torch.equal(first.image, other.image)


def test_a_resumed_run_keeps_what_it_had(weights) -> None:
    assert not _started(weights, epoch=2).image.any()


def test_too_few_brains_are_the_users_to_mend(weights) -> None:
    with pytest.raises(UserError, match="2 generated brains are no start for an encoder: count must"):
        _started(weights, count=2)
