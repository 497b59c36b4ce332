"""Two scans of one head: a planted motion is found to a fraction of a voxel, a planted gain to a hundredth."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from brainaging.transforms import resample
from brainaging.transforms.same_head import gain_ratio, rigid_to


def moved(mm, degrees):
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    motion[:3, 3] = mm
    return motion


@pytest.mark.parametrize(
    ("mm", "degrees"), [((3.0, -2.0, 4.0), (4.0, -3.0, 2.0)), ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))]
)
def test_a_planted_motion_is_found(brain_2mm, mm, degrees):
    volume, affine = brain_2mm
    motion = moved(mm, degrees)
    # the same voxels, elsewhere: `motion` would bring the scan back
    there = np.linalg.inv(motion) @ affine
    seen = resample(volume, there, affine, volume.shape) + np.float32(0)
    found = rigid_to(1.3 * seen, affine, volume, affine)
    corners = np.argwhere(volume > 0)[:: max(1, int((volume > 0).sum()) // 500)]
    points = np.column_stack([corners, np.ones(len(corners))]) @ there.T
    away = np.linalg.norm((points @ (found - motion).T)[:, :3], axis=1)
    assert away.max() < 0.25
    assert np.linalg.det(found[:3, :3]) == pytest.approx(1.0, abs=1e-6)


def test_a_planted_gain_is_found_whatever_the_edge_lost(brain_2mm):
    volume, _ = brain_2mm
    other = 1.37 * volume
    other[: volume.shape[0] // 3] = 0
    assert gain_ratio(other, volume) == pytest.approx(1.37, rel=0.01)
    assert gain_ratio(np.zeros_like(volume), volume) == 1.0
