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


def test_the_stem_keeps_the_order_of_channels_that_kept_weights_were_trained_with() -> None:
    torch.manual_seed(0)
    discriminator, x = T1wDiscriminator((16, 18, 20), width=4), torch.randn(2, 1, 16, 18, 20)
    blocks = x.unfold(2, 2, 2).unfold(3, 2, 2).unfold(4, 2, 2)
    stem = blocks.permute(0, 1, 5, 6, 7, 2, 3, 4).flatten(1, 4)
    seen = []
    discriminator.blocks.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    discriminator(x)
    assert torch.equal(seen[0], stem)
