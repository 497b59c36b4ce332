"""The network inside a wrapper, and any other as it is."""

import torch

from brainaging.pipeline.engines import unwrapped


def test_a_wrapper_gives_its_network_and_a_network_itself() -> None:
    network = torch.nn.Linear(1, 1)
    assert unwrapped(torch.nn.DataParallel(network)) is network
    assert unwrapped(network) is network
