"""An edit in a scan's own voxels: nothing moves by itself, the lattice does not matter, and edges stay sharp."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion, gaussian_filter, map_coordinates

from brainaging.pipeline.counterfactual.deformation import Motion
from brainaging.pipeline.counterfactual.native_edit import SHOWN, edit_native, edit_shown, shown_scan
from brainaging.pipeline.counterfactual.own_tissue.reading import resampled
from brainaging.transforms import Registration, get_grid, read_scan, template_volume, to_native

GRID = get_grid("t1w_48")


def ball(points: np.ndarray) -> np.ndarray:
    """Return a smooth ball of 45 mm around the template's middle at ``points`` (3, …), mm."""
    distance = np.linalg.norm(points - np.array([0.0, -20.0, 10.0]).reshape(3, *[1] * (points.ndim - 1)), axis=0)
    return 1 / (1 + np.exp((distance - 45) / 4))


def lattice(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return where voxels lie, (3, …) mm."""
    return np.einsum("ij,jxyz->ixyz", affine[:3, :3], np.indices(shape)) + affine[:3, 3][:, None, None, None]


def drift(millimetres: tuple[float, float, float], brighter: float = 0.0) -> Motion:
    """Return a motion by as much everywhere."""
    moved = np.broadcast_to(np.array(millimetres, np.float32)[:, None, None, None], (3, *GRID.shape))
    return Motion(moved, np.full(GRID.shape, brighter, np.float32))


@given(st.integers(0, 2**31))
@settings(max_examples=5, deadline=None)
def test_no_motion_leaves_every_bit(seed: int) -> None:
    scan = np.random.default_rng(seed).uniform(0, 900, (17, 12, 14)).astype(np.float32)
    affine = np.diag([-3.0, 4.0, 2.0, 1.0])
    affine[:3, 3] = [20, -30, 0]
    np.testing.assert_array_equal(edit_native(scan, affine, drift((0, 0, 0)), 700.0, GRID), scan)


def test_on_the_grid_itself_it_is_the_edit_on_the_grid() -> None:
    scan, random = template_volume("t1w_48"), np.random.default_rng(1)
    shift = random.normal(0, 0.4, (3, *GRID.shape)).astype(np.float32)
    brighter = random.normal(0, 0.05, GRID.shape).astype(np.float32)
    found = edit_native(scan, GRID.affine, Motion(shift * GRID.spacing, brighter), 1.0, GRID)
    # away from the brain's edge, which moves too
    inside = binary_erosion(scan > 0, iterations=3)
    np.testing.assert_allclose(found[inside], (resampled(scan, shift) + brighter)[inside], atol=2e-3)


@pytest.mark.parametrize("degrees", [0.0, 25.0])
def test_a_scan_anywhere_in_space_moves_as_its_brain_does_on_the_template(degrees: float) -> None:
    turn, size = np.deg2rad(degrees), 1.1
    to_template = np.eye(4)
    to_template[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    to_template[:3, :3] *= size
    to_template[:3, 3] = [5.0, -8.0, 3.0]
    affine = np.diag([-2.5, 2.0, 2.0, 1.0])
    affine[:3, 3] = [95, -115, -70]
    shape = (76, 110, 80)
    points = lattice(to_template @ affine, shape)
    scan = np.where(ball(points) > 1e-3, 800 * ball(points), 0)
    found = edit_native(scan, affine, drift((2.0, -3.0, 1.0), 0.1), 800.0, GRID, Registration(to_template, 12))
    wanted = 800 * (ball(points + np.array([2.0, -3.0, 1.0])[:, None, None, None]) + 0.1)
    # inside the grid and away from where the ball's tail was cut off
    inside = ball(points) > 0.05
    assert inside.sum() > 20_000
    np.testing.assert_allclose(found[inside], wanted[inside], atol=2.0)


def test_a_finer_scan_keeps_edges_that_the_grid_cannot_hold() -> None:
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = [-60, -80, -40]
    scan = np.zeros((120, 110, 90), np.float32)
    scan[20:100, 20:90, 15:75] = 1.0
    found = edit_native(scan, affine, drift((1.0, 0.0, 0.0)), 1.0, GRID)
    # one voxel to the left, and the step from nothing to brain is still one voxel wide
    np.testing.assert_allclose(found[10:-10, 40, 40], np.roll(scan, -1, axis=0)[10:-10, 40, 40], atol=1e-4)


def test_nothing_stands_outside_the_brain_where_it_has_gone() -> None:
    affine = np.eye(4)
    affine[:3, 3] = [-60, -80, -40]
    scan = np.zeros((120, 110, 90), np.float32)
    scan[20:100, 20:90, 15:75] = np.random.default_rng(2).uniform(0.6, 1.0, (80, 70, 60))
    found = edit_native(scan, affine, drift((2.0, 0.0, 0.4), 0.1), 1.0, GRID)
    # a spline rings beyond an edge, and brightening is smooth: a stripped scan stays stripped, two voxels further
    moved = np.zeros(scan.shape, bool)
    moved[18:98, 20:90, 15:75] = True
    assert not found[~moved].any()
    assert (found[moved] > 0.3).all()


def test_pictures_are_of_two_millimetres_in_the_grid_s_intensities() -> None:
    volume = 640 * template_volume("t1w_96")
    shown = shown_scan(volume, get_grid("t1w_96").affine, 640.0)
    assert shown.shape == SHOWN.shape and SHOWN.spacing == 2.0
    np.testing.assert_allclose(shown, template_volume("t1w_96"), atol=1e-5)
    darker = edit_shown(shown, drift((0, 0, 0), -0.2), GRID)
    assert darker.min() == 0
    middle = tuple(size // 2 for size in SHOWN.shape)
    assert darker[middle] == pytest.approx(shown[middle] - 0.2, abs=1e-4)


def _spectrum(image: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return an image's mean power between radii of the Nyquist frequency (k,)."""
    window = np.ones_like(image)
    for axis, size in enumerate(image.shape):
        window *= np.hanning(size).reshape([-1 if axis == other else 1 for other in range(3)])
    power = np.abs(np.fft.fftn(image * window)) ** 2
    radius = np.sqrt(sum(axis**2 for axis in np.meshgrid(*map(np.fft.fftfreq, image.shape), indexing="ij"))) / 0.5
    return np.array([power[(radius >= low) & (radius < high)].mean() for low, high in pairwise(bands)])


def test_a_real_scan_is_blurred_by_one_resampling_and_no_more(shared_data) -> None:
    scan, affine = read_scan(shared_data / "ds002748" / "sub-01" / "anat" / "sub-01_T1w.nii.gz")
    random = np.random.default_rng(0)
    moved = np.stack([gaussian_filter(random.standard_normal(GRID.shape), 4) for _ in range(3)])
    moved = (moved * 2.0 / moved.std()).astype(np.float32)
    found = edit_native(scan, affine, Motion(moved, np.zeros(GRID.shape, np.float32)), 1.0, GRID)
    middle = tuple(slice(int(each) - 32, int(each) + 32) for each in np.argwhere(scan > 0).mean(0))
    shift = np.stack([to_native(axis, GRID, (affine, scan.shape)) for axis in moved])[:, *middle]
    voxels = np.einsum("ij,jxyz->ixyz", np.linalg.inv(affine[:3, :3]), shift)
    where = np.indices(scan.shape)[:, *middle] + voxels
    bands = np.linspace(0.1, 0.9, 9)
    before, after, cubic, linear = (
        _spectrum(image.astype(float), bands)
        for image in (
            scan[middle],
            found[middle],
            *(map_coordinates(scan, where, order=order) for order in (3, 1)),
        )
    )
    # it moved, and of all that one resampling by cubic splines keeps nothing more was lost
    assert np.abs(found[middle] - scan[middle]).std() > 0.1 * scan[middle].std()
    assert np.all(after > 0.99 * cubic), after / cubic
    # and the measure tells a blur: linear interpolation loses a fifth of the upper half's power and more
    assert np.all(linear[4:] < 0.8 * before[4:]), linear / before
