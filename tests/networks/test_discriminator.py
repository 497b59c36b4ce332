"""The discriminator: a logit a volume, and the slope that keeps it in check."""

import pytest
import torch

from brainaging.networks import T1wDiscriminator, r1_penalty


@pytest.mark.parametrize("shape", [(32, 32, 32), (48, 48, 48), (24, 28, 20)])
def test_discriminator_gives_one_logit_a_volume_that_depends_on_it_alone(shape) -> None:
    torch.manual_seed(0)
    discriminator = T1wDiscriminator(shape, width=4)
    volumes = torch.randn(3, 1, *shape)
    logits = discriminator(volumes)
    assert logits.shape == (3, 1)
    torch.testing.assert_close(discriminator(volumes[:1]), logits[:1])


def test_discriminator_refuses_odd_sizes() -> None:
    with pytest.raises(ValueError, match=r"even sizes.*\(32, 31, 32\)"):
        T1wDiscriminator((32, 31, 32))


def test_r1_is_the_squared_slope() -> None:
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 1))
    logits, slope = r1_penalty(linear, torch.randn(5, 1, 2, 2, 2))
    assert logits.shape == (5, 1)
    torch.testing.assert_close(slope, linear[1].weight.square().sum())
