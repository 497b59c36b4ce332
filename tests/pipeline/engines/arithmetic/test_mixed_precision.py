"""Convolutions are in bf16 and nothing else is; what is turned off changes no bit; nothing stays behind."""

import numpy as np
import pytest
import torch
from monai.networks.nets import resnet10
from torch import Tensor, nn

from brainaging.networks import T1wAutoencoder, T1wDiscriminator, T1wGenerator, T1wPredictor
from brainaging.pipeline.engines.arithmetic import MixedPrecision, convolutional, mixed_precision
from brainaging.pipeline.runtime import UserError

#: of a number that is rounded to the 8 significant bits of bf16, by its size
ROUNDING = 2.0**-8


def _discriminator() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    return T1wDiscriminator((16, 16, 16), width=8), torch.rand(6, 1, 16, 16, 16)


def _steps(precision: str | None, count: int = 3) -> tuple[nn.Module, torch.optim.Optimizer, list[Tensor]]:
    """Return a discriminator after some steps, its optimiser, and the losses."""
    network, x = _discriminator()
    optimizer, losses = torch.optim.Adam(network.parameters(), lr=1e-3), []
    sign = torch.tensor([1.0, -1.0] * 3)[:, None]
    arithmetic = MixedPrecision(precision) if precision else None
    for _ in range(count):
        optimizer.zero_grad()
        if arithmetic is None:
            logits = network(x)
        else:
            with arithmetic.within(network):
                logits = network(x)
        loss = nn.functional.softplus(sign * logits).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return network, optimizer, losses


def test_turned_off_no_bit_is_another() -> None:
    plain, off = _steps(None), _steps("fp32")
    for one, other in zip(plain[0].parameters(), off[0].parameters(), strict=True):
        assert torch.equal(one, other)
    assert plain[2] == off[2]


def test_steps_agree_within_what_eight_bits_leave() -> None:
    # volume, weights and answer of each of three convolutions are rounded: nine roundings, each once more in the
    # gradient; a step of Adam is of one size, so that what is left of them is compared by the losses
    exact, rounded = _steps("fp32"), _steps("bf16")
    assert exact[2] != rounded[2]
    for one, other in zip(exact[2], rounded[2], strict=True):
        assert abs(float(one - other)) < 9 * ROUNDING * float(one)


def test_gradients_agree_within_what_eight_bits_leave() -> None:
    network, x = _discriminator()
    gradients = []
    for precision in ("fp32", "bf16"):
        with MixedPrecision(precision).within(network):
            logits = network(x)
        gradients.append(torch.autograd.grad(nn.functional.softplus(logits).mean(), [*network.parameters()]))
    for one, other in zip(*gradients, strict=True):
        assert other.dtype == torch.float32
        assert float((one - other).norm()) < 2 * 9 * ROUNDING * float(one.norm())


def test_weights_moments_and_losses_stay_fp32_and_lie_as_they_lay() -> None:
    network, optimizer, losses = _steps("bf16")
    state = [value for each in optimizer.state.values() for value in each.values() if isinstance(value, Tensor)]
    for tensor in [*network.state_dict().values(), *state, *losses]:
        assert tensor.dtype == torch.float32
        assert tensor.is_contiguous()


def test_dense_maps_keep_every_bit() -> None:
    generator = T1wGenerator(np.ones((16, 16, 16), dtype=bool), 12, detail=4, hidden=4, lattice=3)
    nn.init.normal_(generator.components)
    z, detail = generator.draw(3, torch.Generator().manual_seed(0))
    plain = generator(z, detail)
    with MixedPrecision("bf16").within(generator):
        assert torch.equal(generator(z, detail), plain)


def test_parts_are_the_outermost_that_hold_a_convolution() -> None:
    mask = np.ones((16, 16, 16), dtype=bool)
    discriminator, predictor = T1wDiscriminator((16, 16, 16)), T1wPredictor(mask)
    assert convolutional(discriminator) == list(discriminator.blocks)
    assert convolutional(predictor) == [predictor.network]
    assert convolutional(T1wAutoencoder(mask, 4, 4)) == []
    fine = T1wAutoencoder(np.ones((64, 64, 64), dtype=bool), 1, 1)
    assert convolutional(fine) == list(fine.local.convolutions)
    assert convolutional(resnet10()) != []
    assert len(convolutional(nn.ConvTranspose3d(1, 1, 2))) == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions_lie_with_channels_last_after_a_single_channel_too(channels: int) -> None:
    """A channel alone is laid either way, and torch would have all that follow lie as before."""
    x = torch.rand(2, channels, 8, 8, 8, requires_grad=True)
    laid = mixed_precision.channels_last(x)
    assert torch.equal(laid, x)
    out = nn.functional.conv3d(laid, torch.rand(4, channels, 3, 3, 3))
    assert out.is_contiguous(memory_format=torch.channels_last_3d)
    laid.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, torch.ones_like(x))


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_an_image_smaller_than_the_kernel_is_convolved_in_fp32(size: int, alone: bool) -> None:
    """oneDNN's gradient of bf16 weights reads beyond such an image: it was not finite, now and then."""
    torch.manual_seed(0)
    convolution = nn.Conv3d(16, 4, 3, padding=1)
    network = convolution if alone else nn.Sequential(nn.Conv3d(16, 16, 1), convolution)
    x, seen = torch.randn(2, 16, size, size, size), []
    convolution.register_forward_hook(lambda _module, inputs, output: seen.append((inputs[0].dtype, output.dtype)))
    with MixedPrecision("bf16").within(network):
        out = network(x)
        assert not torch.is_autocast_enabled("cpu")
    assert seen == [(torch.float32, torch.float32) if size < 3 else (torch.bfloat16, torch.bfloat16)]
    assert out.dtype == torch.float32
    out.sum().backward()
    mine = convolution.weight.grad
    assert mine is not None
    assert torch.isfinite(mine).all()
    exact = nn.Conv3d(16, 4, 3, padding=1)
    exact.load_state_dict(convolution.state_dict())
    before = x if alone else network[0](x).detach()
    exact(before).sum().backward()
    torch.testing.assert_close(mine, exact.weight.grad, rtol=0, atol=4 * ROUNDING * float(mine.abs().max()))


def test_nothing_stays_behind_not_even_after_an_error() -> None:
    network, x = _discriminator()
    plain = network(x)
    with pytest.raises(RuntimeError), MixedPrecision("bf16").within(network):
        network.blocks[0](x)  # of one channel, where eight are expected
    assert not torch.is_autocast_enabled("cpu")
    assert torch.equal(network(x), plain)


@pytest.mark.parametrize("able", [True, False])
def test_auto_is_bf16_for_steps_alone_and_where_there_are_instructions(
    monkeypatch: pytest.MonkeyPatch, able: bool
) -> None:
    monkeypatch.setattr(mixed_precision, "computes_bf16", lambda device: able)
    assert MixedPrecision("auto").half is able
    assert not MixedPrecision("auto", training=False).half
    assert MixedPrecision("bf16", training=False).half
    assert not MixedPrecision("fp32").half


def test_another_word_is_refused() -> None:
    with pytest.raises(UserError, match="precision: expected auto, fp32, bf16, found 'half'"):
        MixedPrecision("half")
