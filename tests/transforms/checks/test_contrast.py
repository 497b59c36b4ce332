import numpy as np
import pytest

from brainaging.transforms import ScanError
from brainaging.transforms.checks.contrast import check_contrast, check_levels, depth_correlation


def test_a_brain_is_bright_in_its_depth(clean):
    volume, affine = clean
    signal = volume > 0
    own = depth_correlation(volume, signal, affine)
    assert own > 0.25
    assert depth_correlation(volume.max() - volume, signal, affine) == pytest.approx(-own, abs=1e-6)
    check_contrast(volume, signal, affine, "a.nii")
    with pytest.raises(ScanError, match=r"a\.nii: expected a T1w contrast .*correlation -0"):
        check_contrast(volume.max() - volume, signal, affine, "a.nii")


def test_a_coils_bias_field_is_no_other_contrast(clean):
    volume, affine = clean
    where = np.indices(volume.shape).reshape(3, -1).T @ affine[:3, :3].T + affine[:3, 3]
    far = np.linalg.norm(where - where[(volume > 0).ravel()].mean(axis=0), axis=1).reshape(volume.shape)
    check_contrast(volume * (1 + 0.3 * (far / 80) ** 2), volume > 0, affine, "a.nii")


def test_one_value_everywhere_has_no_correlation():
    ball = np.linalg.norm(np.indices((20, 20, 20)) - 9.5, axis=0) < 8
    assert np.isnan(depth_correlation(ball.astype(float), ball, np.diag([6.0, 6.0, 6.0, 1.0])))


def test_levels_say_what_is_clipped_or_not_dark():
    brain = np.zeros((20, 20, 20), np.float32)
    brain[2:-2, 2:-2, 2:-2] = np.linspace(1, 100, 16**3).reshape(16, 16, 16)
    assert check_levels(brain, 50.0, "a") == []
    assert check_levels(np.where(brain > 0, brain + 15, 0), 57.0, "a") == [
        "no dark fluid: an offset inside the mask, or a tight mask?"
    ]
    assert check_levels(np.minimum(brain, 97), 50.0, "a") == [
        "bright tissue clipped: if the lowest was taken off too, the head is too small"
    ]
    with pytest.raises(ScanError, match="found 40% of the bright tissue at the highest value 80"):
        check_levels(np.minimum(brain, 80), 50.0, "a")
    with pytest.raises(ScanError, match="found nothing under 51%"):
        check_levels(np.where(brain > 0, brain + 100, 0), 100.0, "a")
