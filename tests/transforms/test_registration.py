import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from brainaging.transforms import (
    GRIDS,
    Registration,
    dice,
    place,
    register,
    t1w_chain,
    template_dice,
    template_volume,
)


def moved(affine: np.ndarray, degrees=(12.0, -9.0, 15.0), scale=0.9, shift=(40.0, -70.0, 25.0)) -> np.ndarray:
    """Turn, shrink and shift a scan's space."""
    move = np.eye(4)
    move[:3, :3] = scale * Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    move[:3, 3] = shift
    return move @ affine


@pytest.mark.parametrize("dof", [9, 12])
def test_a_moved_template_comes_back(brain_2mm, dof):
    volume, affine = brain_2mm
    move = moved(np.eye(4))
    transform = register(volume, move @ affine, dof)
    points = np.array(
        [[0, -18, 6, 1], [60, -18, 6, 1], [-60, -18, 6, 1], [0, 60, 6, 1], [0, -95, 6, 1], [0, -18, 75, 1]]
    )
    error = np.linalg.norm((points @ (transform.affine @ move).T - points)[:, :3], axis=1)
    assert error.max() < (1.5 if dof == 12 else 3.0), error
    assert transform.volume_scale == pytest.approx(0.9**-3, rel=0.03)


def test_a_template_that_was_only_moved_comes_back_with_six_degrees_of_freedom(brain_2mm):
    volume, affine = brain_2mm
    move = moved(np.eye(4), scale=1.0)
    points = np.array([[0, -18, 6, 1], [60, -18, 6, 1], [0, 60, 6, 1], [0, -18, 75, 1]])
    error = np.linalg.norm((points @ (register(volume, move @ affine, 6).affine @ move).T - points)[:, :3], axis=1)
    assert error.max() < 1, error  # it was 3.5 mm


def test_six_degrees_of_freedom_keep_size(brain_2mm):
    volume, affine = brain_2mm
    transform = register(volume, moved(affine), 6)
    assert transform.volume_scale == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(transform.affine[:3, :3] @ transform.affine[:3, :3].T, np.eye(3), atol=1e-6)


def test_the_same_scan_gives_the_same_affine(brain_2mm):
    volume, affine = brain_2mm
    one, other = (register(volume, moved(affine)).affine for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_gain_does_not_matter(brain_2mm):
    volume, affine = brain_2mm
    one, other = (register(volume * np.float32(gain), moved(affine)).affine for gain in (1, 7.5))
    np.testing.assert_allclose(one, other, atol=0.05)


def test_unknown_degrees_of_freedom():
    with pytest.raises(ValueError, match="dof: expected 6, 9 or 12, found 7"):
        register(np.ones((8, 8, 8), np.float32), np.eye(4), 7)


def test_dice_of_the_template_with_itself(brain_2mm):
    assert template_dice(*brain_2mm) > 0.98
    assert np.isnan(dice(np.zeros(3, bool), np.zeros(3, bool)))


def scans(shared_data):
    return sorted((shared_data / "ds002748").glob("sub-*/anat/*_T1w.nii.gz"))


def lands(path) -> tuple[float, float]:
    """Dice with the template's mask, and correlation with the template inside the brain."""
    out = t1w_chain("t1w_48", space="native")({"image": str(path)})
    image, template = out["image"][0].numpy(), template_volume("t1w_48")
    inside = (template > 0) & (image > 0)
    return out["template_dice"], float(np.corrcoef(image[inside], template[inside])[0, 1])


@pytest.mark.parametrize("number", [0, 14, 23])
def test_real_brains_land_on_the_template(shared_data, number):
    overlap, correlation = lands(scans(shared_data)[number])  # number 14 drags remnants of the neck
    assert overlap >= 0.92
    assert correlation > 0.55


@pytest.mark.slow
def test_all_real_brains_land_on_the_template(shared_data):
    overlaps = {path.name: lands(path)[0] for path in scans(shared_data)}
    assert len(overlaps) >= 24
    assert min(overlaps.values()) >= 0.92, overlaps


def test_registration_survives_a_tilted_scanner(brain_2mm):
    volume, affine = brain_2mm
    transform = register(volume, moved(affine, degrees=(25, 0, 20)))
    grid = GRIDS["t1w_48"]
    back = place(volume, transform.affine @ moved(affine, degrees=(25, 0, 20)), grid)
    assert np.corrcoef(back.ravel(), template_volume(grid).ravel())[0, 1] > 0.97


def test_a_head_sized_as_its_own_keeps_its_volume_and_its_proportions():
    turned = np.diag([1.2, 1.1, 1.3, 1.0])
    turned[:3, 3] = (3, -2, 1)
    found = Registration(turned, 12)
    sized = found.own_size @ found.affine
    assert np.linalg.det(sized[:3, :3]) == pytest.approx(1)
    np.testing.assert_allclose(sized[:3] / sized[0, 0], turned[:3] / turned[0, 0])
