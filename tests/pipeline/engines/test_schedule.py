"""The learning rate falls along half a cosine, whatever run it is in."""

import math

import pytest
import torch

from brainaging.pipeline.engines import CosineSchedule


def _rates(epochs: int, steps: int, lr: float = 0.1, state: dict | None = None) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    schedule = CosineSchedule(optimizer, epochs)
    if state is not None:
        schedule.load_state_dict(state)
    rates = [optimizer.param_groups[0]["lr"]]
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


def test_it_is_half_a_cosine_and_stays_at_zero() -> None:
    expected = [0.05 * (1 + math.cos(math.pi * epoch / 8)) for epoch in range(9)] + [0, 0]
    assert _rates(8, 10) == pytest.approx(expected, abs=1e-12)


def test_a_resumed_schedule_has_the_same_bits() -> None:
    assert _rates(8, 3, state={"last_epoch": 5}) == _rates(8, 8)[5:]


def test_rate_and_length_are_this_runs() -> None:
    assert _rates(20, 5, lr=0.3, state={"last_epoch": 8}) == _rates(20, 13, lr=0.3)[8:]
