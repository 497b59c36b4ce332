import numpy as np
import pytest
import torch
from monai.metrics import SSIMMetric

from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim, pair_metric
from brainaging.pipeline.runtime import UserError


def test_mse_of_a_known_error_counts_the_brain_only(ball):
    volumes, mask = ball
    other = volumes + 0.5
    other[:, ~mask] = 99
    np.testing.assert_allclose(masked_mse(volumes, other, mask), 0.25, rtol=1e-5)


def test_ssim_is_one_for_the_same_and_falls_with_noise(ball):
    volumes, mask = ball
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(masked_ssim(volumes, volumes, mask, 1.0), 1.0, atol=1e-5)
    noise = rng.normal(size=volumes.shape).astype(np.float32)
    little, much = (masked_ssim(volumes, volumes + s * noise, mask, 1.0) for s in (0.1, 0.4))
    assert (much < little).all()
    assert (little < 0.999).all()


def test_ssim_of_constants_is_its_luminance_term():
    # away from the edge every window sees constants: only the luminance term is left
    mask = np.ones((21, 21, 21), dtype=bool)
    one, other = (np.full((1, 21, 21, 21), level, np.float32) for level in (0.6, 0.4))
    expected = (2 * 0.6 * 0.4 + 1e-4) / (0.6**2 + 0.4**2 + 1e-4)
    assert masked_ssim(one, other, mask, 1.0)[0] == pytest.approx(expected, abs=0.05)


def test_ssim_with_a_full_mask_equals_monais_own_on_padded_volumes():
    rng = np.random.default_rng(0)
    one, other = (rng.random((2, 11, 11, 11)).astype(np.float32) for _ in range(2))
    metric = SSIMMetric(3, data_range=1.0, win_size=7, kernel_sigma=1.5, reduction="none")
    whole = np.ones((11, 11, 11), dtype=bool)
    ours = masked_ssim(one, other, whole, 1.0)
    padded = [torch.nn.functional.pad(torch.from_numpy(v)[:, None], [3] * 6) for v in (other, one)]
    np.testing.assert_allclose(ours, metric(*padded).numpy()[:, 0], rtol=1e-5)


def test_what_lies_outside_the_mask_does_not_count(ball):
    volumes, mask = ball
    other = volumes * 0.9
    spoiled = np.where(mask, other, 7.0).astype(np.float32)
    np.testing.assert_array_equal(masked_ssim(volumes, other, mask, 1.0), masked_ssim(volumes, spoiled, mask, 1.0))


def test_bad_shapes_empty_masks_and_flat_scans_are_named(ball):
    volumes, mask = ball
    with pytest.raises(UserError, match="expected shape"):
        masked_mse(volumes, volumes[1:], mask)
    with pytest.raises(UserError, match="mask: expected shape"):
        masked_mse(volumes, volumes, mask[1:])
    with pytest.raises(UserError, match="found none"):
        masked_mse(volumes, volumes, np.zeros_like(mask))
    with pytest.raises(UserError, match="positive intensity range, found 0"):
        masked_ssim(volumes, volumes, mask, intensity_range(np.ones_like(volumes), mask))


def test_the_range_is_of_the_mask_and_blind_to_a_few_bright_voxels(ball):
    volumes, mask = ball
    spoiled = np.where(mask, volumes, 50).astype(np.float32)
    assert intensity_range(spoiled, mask) == intensity_range(volumes, mask)
    spoiled[0, 6, 6, 6] = 1000
    assert intensity_range(spoiled, mask) == pytest.approx(intensity_range(volumes, mask), rel=0.1)


@pytest.mark.parametrize(("size", "name", "scales"), [(32, "ssim", 1), (64, "ms_ssim", 3), (128, "ms_ssim", 4)])
def test_pairs_take_as_many_scales_as_the_grid_has_room_for(size, name, scales):
    metric, measure = pair_metric((size,) * 3)
    assert measure == name
    assert len(getattr(metric, "weights", (1,))) == scales
