"""What a filter blurred is given back, and what is left goes with nothing that the filter sees."""

import torch
import torch.nn.functional as F

from brainaging.networks.lattice_detail.sharpening import Sharpening


def volumes(count: int) -> torch.Tensor:
    return torch.randn(count, 1, 12, 12, 12, generator=torch.Generator().manual_seed(0))


def test_nothing_is_done_before_it_is_fitted_and_where_nothing_is_blurred() -> None:
    sharpening, x = Sharpening(), volumes(2)
    torch.testing.assert_close(sharpening(x), x)
    sharpening.fit([(x, x)], torch.arange(12**3))
    torch.testing.assert_close(sharpening(x), x, atol=1e-5, rtol=0)


def test_a_blur_whose_inverse_is_as_small_a_filter_is_undone() -> None:
    kernel = torch.zeros_like(Sharpening().kernel)
    kernel[..., 2, 2, 2], kernel[..., 0, 2, 2], kernel[..., 3, 2, 4] = 1.4, -0.3, -0.1
    blurred = volumes(8)
    sharp = F.conv3d(blurred, kernel, padding=2)
    sharpening = Sharpening()
    sharpening.fit(zip(sharp.split(3), blurred.split(3), strict=True), torch.arange(12**3))
    torch.testing.assert_close(sharpening.kernel, kernel, atol=1e-4, rtol=0)


def test_what_is_left_goes_with_nothing_that_the_filter_sees() -> None:
    blurred, noise = volumes(8), torch.randn(8, 1, 12, 12, 12, generator=torch.Generator().manual_seed(1))
    sharp = 1.5 * blurred - 0.1 * blurred.roll(1, 3) + noise
    inside = torch.arange(12**3).view(12, 12, 12)[2:-2, 2:-2, 2:-2].flatten()
    sharpening = Sharpening()
    sharpening.fit([(sharp, blurred)], inside)
    left = (sharp - sharpening(blurred)).flatten(1)[:, inside]
    for shift in ((0, 0, 0), (1, 0, 0), (0, -1, 1)):
        seen = blurred.roll(shift, (2, 3, 4)).flatten(1)[:, inside]
        assert abs(float((left * seen).sum())) < 1e-3 * float(left.norm() * seen.norm())


def test_its_gradients_are_those_of_a_convolution() -> None:
    sharpening = Sharpening().double()
    sharpening.kernel.copy_(torch.randn(sharpening.kernel.shape, generator=torch.Generator().manual_seed(2)))
    gradients = []
    for filtered in (sharpening, lambda x: F.conv3d(x, sharpening.kernel, padding=2)):
        x = volumes(2).double().requires_grad_()
        (first,) = torch.autograd.grad(filtered(x).square().sum(), x, create_graph=True)
        gradients.append((first, *torch.autograd.grad(first.square().sum(), x)))
    for own, torchs in zip(*gradients, strict=True):
        torch.testing.assert_close(own, torchs)
    # no gradient, no detour: what is exported is a convolution
    plain = volumes(2).double()
    assert torch.equal(sharpening(plain), F.conv3d(plain, sharpening.kernel, padding=2))
