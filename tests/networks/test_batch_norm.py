"""Batch normalisation by two processes is that of one on both batches."""

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

from brainaging.networks import shared_batch_norm

CPU = torch.device("cpu")


def _network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 3, 3), nn.BatchNorm3d(3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 4**3, 2))


def _stepped(network: nn.Module, volumes: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return parameters' gradients, and buffers, after a loss that every scan has its part in."""
    network(volumes).square().mean().backward()
    gradients = {name: each.grad for name, each in network.named_parameters()}
    return {**gradients, **dict(network.named_buffers())}


def _volumes() -> torch.Tensor:
    return torch.randn(6, 1, 6, 6, 6, generator=torch.Generator().manual_seed(1)) * torch.arange(1.0, 7.0).view(
        6, 1, 1, 1, 1
    )


def _half(norm: nn.Module, volumes: torch.Tensor) -> torch.Tensor:
    """Return volumes of bf16 normalised, as they come out of a convolution in bf16."""
    with torch.autocast("cpu", torch.bfloat16):
        normal: torch.Tensor = norm(volumes.bfloat16())
    return normal.detach()


def _process(rank: int, place: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{place}/store", rank=rank, world_size=2)
    network = nn.parallel.DistributedDataParallel(shared_batch_norm(_network(), CPU), broadcast_buffers=False)
    torch.save(_stepped(network, _volumes()[rank::2]), f"{place}/{rank}.pt")
    torch.save(
        _half(shared_batch_norm(nn.Sequential(nn.BatchNorm3d(1)), CPU), _volumes()[rank::2]),
        f"{place}/{rank}_half.pt",
    )
    dist.destroy_process_group()


def test_two_processes_normalise_as_one_does(tmp_path: Path) -> None:
    mp.spawn(_process, args=(str(tmp_path),), nprocs=2)
    alone = _stepped(_network(), _volumes())
    for rank in (0, 1):
        together = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert together.keys() == {f"module.{name}" for name in alone}
        for name, value in alone.items():
            torch.testing.assert_close(together[f"module.{name}"], value, msg=name)

    half = _half(nn.BatchNorm3d(1), _volumes())
    for rank in (0, 1):
        together = torch.load(tmp_path / f"{rank}_half.pt", weights_only=True)
        # two roundings to 8 bits
        torch.testing.assert_close(together, half[rank::2], rtol=2**-7, atol=2**-7)


def test_alone_it_is_batch_normalisation() -> None:
    volumes, plain, shared = _volumes(), _network(), _network()
    shared = shared_batch_norm(shared, CPU)
    assert type(shared[1]).__name__ == "SharedBatchNorm"
    for network in (plain.train(), shared.train()):
        network(volumes)
    torch.testing.assert_close(dict(shared.named_buffers()), dict(plain.named_buffers()))
    torch.testing.assert_close(shared.eval()(volumes), plain.eval()(volumes))
    assert shared.state_dict().keys() == plain.state_dict().keys()


def test_a_network_without_it_stays_as_it_is() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.GroupNorm(1, 2))
    assert [type(each) for each in shared_batch_norm(network, CPU)] == [nn.Linear, nn.GroupNorm]


def test_channels_are_needed() -> None:
    network = shared_batch_norm(nn.Sequential(nn.BatchNorm1d(2)), CPU)
    with pytest.raises(ValueError, match=r"expected \(B, C, \.\.\.\), got \[2\]"):
        network.eval()(torch.zeros(2))
