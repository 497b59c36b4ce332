"""Structural similarity is MONAI's, to rounding."""

import pytest
import torch
from monai.metrics import MultiScaleSSIMMetric, SSIMMetric
from monai.metrics.regression import compute_ssim_and_cs

from brainaging.pipeline.engines import ms_ssim, ssim_maps


def _pair(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    draws = torch.Generator().manual_seed(0)
    one = torch.rand(3, 1, side, side + 1, side + 2, generator=draws)
    return one, one + 0.3 * torch.randn(one.shape, generator=draws)


@pytest.mark.parametrize(("window", "sigma", "data_range"), [(7, 1.5, 1.0), (5, 1.0, 1.7), (11, 1.5, 0.4)])
def test_both_maps_are_monais(window: int, sigma: float, data_range: float) -> None:
    one, other = _pair(13)
    found = ssim_maps(one, other, data_range, window, sigma)
    expected = compute_ssim_and_cs(one, other, 3, [window] * 3, [sigma] * 3, data_range)
    for mine, monais in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, monais, rtol=1e-4, atol=1e-5)
    metric = SSIMMetric(3, data_range, win_size=window, kernel_sigma=sigma, reduction="none")
    torch.testing.assert_close(found[0].flatten(1).mean(1), metric(one, other)[:, 0], rtol=1e-5, atol=1e-6)


def test_all_scales_are_monais() -> None:
    one, other = _pair(30)
    other[2] = 1 - one[2]  # negative factors
    weights = (0.2, 0.5, 0.3)
    metric = MultiScaleSSIMMetric(3, kernel_size=7, kernel_sigma=1.5, weights=weights, reduction="none")
    torch.testing.assert_close(ms_ssim(one, other, 1.0, weights), metric(one, other)[:, 0], rtol=1e-5, atol=1e-6)


def test_volumes_that_do_not_match_or_fit_are_refused() -> None:
    one, other = _pair(8)
    with pytest.raises(ValueError, match="one shape"):
        ssim_maps(one, other[:2], 1.0)
    with pytest.raises(ValueError, match="at least 11 voxels"):
        ssim_maps(one, other, 1.0, 11)
