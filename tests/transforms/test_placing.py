"""Laws of placing: physical scale, constants and ramps exact, orientation does not matter, no alias."""

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.affines import apply_affine
from scipy.spatial.transform import Rotation

from brainaging.transforms import GRIDS, GridSpec, place, resample
from brainaging.transforms.placing import axis_assignment, axis_weights

GRID = GRIDS["t1w_32"]
ORIENTATIONS = ["RAS", "LAS", "LPS", "PSR"]


def lattice(orientation: str, spacing: float, size: int) -> tuple[np.ndarray, tuple[int, int, int]]:
    """A cube of `size` voxels round the grid's middle."""
    spec = GridSpec("scan", (size, size + 4, size + 2), spacing, orientation)
    return spec.affine, spec.shape


def oblique(affine: np.ndarray, degrees: tuple[float, float, float]) -> np.ndarray:
    """Turn a lattice about the grid's middle."""
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    middle = GRID.affine @ [15.5, 15.5, 15.5, 1]
    turn[:3, 3] = middle[:3] - turn[:3, :3] @ middle[:3]
    return turn @ affine


def world(affine: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return apply_affine(affine, np.stack(np.indices(shape), axis=-1))


def ramp(points: np.ndarray) -> np.ndarray:
    return (300 + points @ [1.0, -0.5, 2.0]).astype(np.float32)


def ball(affine: np.ndarray, shape: tuple[int, ...], radius: float = 60.0) -> np.ndarray:
    distance = np.linalg.norm(world(affine, shape) - [0, -18, 6], axis=-1)
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


@given(
    step=st.floats(0.3, 9).map(lambda s: round(s, 3)),
    sign=st.sampled_from([1, -1]),
    half_width=st.floats(0.1, 9),
    shift=st.floats(-1, 1),
)
def test_weights_keep_constants_and_ramps(step, sign, half_width, shift):
    count = int(200 / step)
    origin = -sign * step * (count - 1) / 2 + shift
    centres = np.linspace(-60, 60, 17)
    weights = axis_weights(count, origin, sign * step, centres, half_width).astype(float)
    samples = origin + sign * step * np.arange(count)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(weights @ samples, centres, atol=1e-3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("spacing", [2.0, 7.3])
def test_a_ramp_stays_the_ramp_in_any_orientation(orientation, spacing, order):
    affine, shape = lattice(orientation, spacing, int(260 / spacing))
    placed = place(np.asarray(ramp(world(affine, shape)), order=order), affine, GRID)
    np.testing.assert_allclose(placed, ramp(world(GRID.affine, GRID.shape)), rtol=1e-5, atol=2e-3)


@pytest.mark.parametrize("degrees", [(8, 0, 0), (5, -10, 7), (0, 0, 45)])
def test_a_ramp_stays_the_ramp_from_an_oblique_scan(degrees):
    affine, shape = lattice("LPS", 2.0, 180)
    affine = oblique(affine, degrees)
    assert axis_assignment(np.linalg.inv(GRID.affine) @ affine, shape) is None
    placed = place(ramp(world(affine, shape)), affine, GRID)
    np.testing.assert_allclose(placed, ramp(world(GRID.affine, GRID.shape)), rtol=1e-4, atol=2e-2)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_ball_is_the_same_ball_from_any_orientation(orientation):
    reference, shape = lattice("RAS", 2.0, 100)
    expected = place(ball(reference, shape), reference, GRID)
    affine, shape = lattice(orientation, 2.0, 100)
    np.testing.assert_allclose(place(ball(affine, shape), affine, GRID), expected, atol=2e-2)
    turned = oblique(affine, (10, -6, 15))
    np.testing.assert_allclose(place(ball(turned, shape), turned, GRID), expected, atol=6e-2)


@given(orientation=st.sampled_from([*ORIENTATIONS, "IRP"]), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_reorienting_a_scan_changes_nothing(orientation, seed):
    rng = np.random.default_rng(seed)
    affine, shape = lattice("RAS", 4.0, 30)
    scan = nib.Nifti1Image(rng.random(shape, np.float32), affine)
    moved = scan.as_reoriented(
        nib.orientations.ornt_transform(nib.io_orientation(affine), nib.orientations.axcodes2ornt(orientation))
    )
    expected = place(np.asarray(scan.dataobj), affine, GRID)
    np.testing.assert_allclose(place(np.asarray(moved.dataobj), moved.affine, GRID), expected, atol=1e-5)


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.name)
def test_physical_volume_is_the_same_on_every_grid(grid):
    affine, shape = lattice("LPS", 2.0, 90)
    scan = ball(affine, shape)
    own_ml = scan.sum() * 8 / 1000
    assert place(scan, affine, grid).sum() * grid.voxel_ml == pytest.approx(own_ml, rel=1e-3)


def test_the_same_lattice_is_the_identity():
    scan = np.random.default_rng(0).random(GRID.shape, np.float32)
    np.testing.assert_array_equal(place(scan, GRID.affine, GRID), scan)


def test_a_pattern_finer_than_the_grid_does_not_come_back_as_a_coarse_one():
    # Period 7 mm on a 6 mm grid: plain linear interpolation shows it as a beat of period 42 mm.
    affine, shape = lattice("RAS", 0.875, 256)
    wave = np.sin(2 * np.pi * world(affine, shape)[..., 0] / 7).astype(np.float32)
    inner = place(wave, affine, GRID)[4:-4, 4:-4, 4:-4]
    picked = resample(wave[::7, ::7, ::7], affine @ np.diag([7, 7, 7, 1]), GRID.affine, GRID.shape)[
        4:-4, 4:-4, 4:-4
    ]
    assert picked.std() > 0.3
    assert inner.std() < 0.05
    turned = oblique(affine, (0, 0, 20))
    assert place(wave, turned, GRID)[4:-4, 4:-4, 4:-4].std() < 0.1


def test_background_stays_exactly_zero():
    affine, shape = lattice("PSR", 2.0, 100)
    placed = place(ball(affine, shape), affine, GRID)
    distance = np.linalg.norm(world(GRID.affine, GRID.shape) - [0, -18, 6], axis=-1)
    # The triangle reaches one grid voxel along each axis.
    assert not placed[distance > 60.5 + 6 * np.sqrt(3)].any()
    assert placed.min() == 0


def test_a_scan_beside_the_grid_gives_zeros():
    affine, shape = lattice("RAS", 4.0, 10)
    affine[0, 3] += 1000
    assert not place(np.ones(shape, np.float32), affine, GRID).any()
