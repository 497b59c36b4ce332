"""The network inside a wrapper, and any other as it is; what processes draw is what one would draw."""

import pytest
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines import processes as processes_module
from brainaging.pipeline.engines import unwrapped
from brainaging.pipeline.engines.batches import deformed, mirrored, noise_like
from brainaging.pipeline.engines.processes import own_latents


def test_a_wrapper_gives_its_network_and_a_network_itself() -> None:
    network = torch.nn.Linear(1, 1)
    assert unwrapped(torch.nn.DataParallel(network)) is network
    assert unwrapped(network) is network


def _as_process(monkeypatch: pytest.MonkeyPatch, rank: int, processes: int) -> None:
    monkeypatch.setattr(processes_module.idist, "get_world_size", lambda: processes)
    monkeypatch.setattr(processes_module.idist, "get_rank", lambda: rank)


def test_processes_draw_together_what_one_draws_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.rand(6, 1, 4, 4, 4, generator=torch.Generator().manual_seed(3))
    made = {}
    for processes, rank in ((1, 0), (3, 0), (3, 1), (3, 2)):
        _as_process(monkeypatch, rank, processes)
        torch.manual_seed(0)
        own = images[rank::processes]  # as a DistributedSampler deals them out
        made[processes, rank] = noise_like(own) + deformed(mirrored(own, 0.5), 0.1)
    together = torch.empty_like(images)
    for rank in range(3):
        together[rank::3] = made[3, rank]
    torch.testing.assert_close(together, made[1, 0])


def test_latents_of_processes_are_those_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = T1wGenerator(torch.ones(4, 4, 4, dtype=torch.bool), latent_size=12, detail=2, hidden=2, lattice=2)
    draws = torch.Generator()
    alone = own_latents(generator, 4, draws.manual_seed(0))
    for rank in (0, 1):
        _as_process(monkeypatch, rank, 2)
        for own, both in zip(own_latents(generator, 2, draws.manual_seed(0)), alone, strict=True):
            torch.testing.assert_close(own, both[rank::2])
