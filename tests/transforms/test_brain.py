import numpy as np
import pytest
from scipy.ndimage import binary_fill_holes

from brainaging.transforms import ScanError, brain_mask
from brainaging.transforms.brain import check_brain, coarse, trimmed


def test_mask_is_the_brain_in_one_piece_without_holes(brain_2mm):
    volume, _ = brain_2mm
    speck = volume.copy()
    speck[2, 2, 2] = 900
    holed = speck.copy()
    holed[46:50, 56:60, 40:44] = 0
    mask = brain_mask(holed)
    assert not mask[2, 2, 2] and mask[46:50, 56:60, 40:44].all()
    np.testing.assert_array_equal(mask, binary_fill_holes(brain_mask(volume)))


def test_coarse_counts_estimate_volume_without_bias(brain_2mm):
    volume, affine = brain_2mm
    fine = np.repeat(np.repeat(np.repeat(volume, 2, 0), 2, 1), 2, 2)
    fine_affine = affine @ np.diag([0.5, 0.5, 0.5, 1])
    scan = coarse(fine, fine_affine)
    assert scan.volume.shape == volume.shape
    assert np.count_nonzero(scan.volume) * scan.voxel_ml == pytest.approx(
        np.count_nonzero(volume) * 0.008, rel=1e-6
    )


def test_trimming_drops_what_hangs_by_a_neck_and_nothing_else():
    brain = np.linalg.norm((np.stack(np.indices((40, 40, 40)), -1) - [20, 20, 25]) / [14, 16, 11], axis=-1) <= 1
    hung = brain.copy()
    hung[18:22, 18:22, 11:16] = True  # a neck of 16 mm
    hung[14:26, 14:26, 1:11] = True
    remnant = np.count_nonzero(hung & ~brain)
    out = trimmed(hung)
    assert np.count_nonzero(out & ~brain) < 0.05 * remnant
    assert np.count_nonzero(brain & ~out) < 0.01 * np.count_nonzero(brain)
    small = np.zeros((20, 20, 20), bool)
    small[5:9, 5:9, 5:9] = True
    np.testing.assert_array_equal(trimmed(small), small)


def head(volume: np.ndarray) -> np.ndarray:
    """Put skin round a brain: 8 mm of bright fat, 10 mm away."""
    points = np.stack(np.indices(volume.shape), -1) - np.array([47, 57, 45])
    radius = np.linalg.norm(points / [40, 50, 43], axis=-1)
    return np.where((radius > 1.02) & (radius < 1.12), np.float32(1200), volume)


def test_a_brain_passes_and_a_head_does_not(brain_2mm):
    volume, affine = brain_2mm
    check_brain(coarse(volume, affine), "a.nii.gz")
    with pytest.raises(
        ScanError, match=r"a\.nii\.gz: expected a skull-stripped brain, found a whole head: .*strip="
    ):
        check_brain(coarse(head(volume), affine), "a.nii.gz")


@pytest.mark.parametrize(("scale", "message"), [(0.4, "found 1[0-9][0-9] mL"), (1.3, "whole head")])
def test_a_brain_of_impossible_size_is_refused(brain_2mm, scale, message):
    volume, affine = brain_2mm
    with pytest.raises(ScanError, match=message):
        check_brain(coarse(volume, np.diag([scale] * 3 + [1]) @ affine), "a.nii.gz")


def test_negative_scan_has_no_brain():
    with pytest.raises(ScanError, match="no voxel above 0"):
        check_brain(coarse(np.full((20, 20, 20), -1.0, np.float32), np.diag([2, 2, 2, 1.0])), "a.nii.gz")
