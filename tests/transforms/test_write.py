import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from brainaging.transforms import (
    GRIDS,
    GridMismatchError,
    ScanError,
    load_grid_nifti,
    place,
    register,
    save_nifti,
    template_volume,
    to_native,
)
from brainaging.transforms.write import is_on_a_grid

GRID = GRIDS["t1w_32"]


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_round_trip_is_exact(tmp_path, name):
    volume = np.random.default_rng(0).random(GRID.shape, np.float32)
    path = save_nifti(volume[None], GRID, tmp_path / name)
    np.testing.assert_array_equal(load_grid_nifti(path, "t1w_32"), volume)
    image = nib.load(path)
    np.testing.assert_allclose(image.affine, GRID.affine)
    assert image.get_data_dtype() == np.float32
    assert image.header["descrip"].item().decode() == GRID.fingerprint


def test_another_grid_is_refused(tmp_path):
    path = save_nifti(np.ones(GRID.shape), GRID, tmp_path / "a.nii.gz")
    with pytest.raises(GridMismatchError, match=f"expected grid t1w_48-.*, found {GRID.fingerprint}"):
        load_grid_nifti(path, "t1w_48")
    nib.save(nib.Nifti1Image(np.ones(GRID.shape, np.float32), GRID.affine), path)
    with pytest.raises(GridMismatchError, match="found no fingerprint"):
        load_grid_nifti(path, GRID)
    with pytest.raises(GridMismatchError, match=r"expected \(32, 32, 32\) of grid .* found \(4, 4, 4\)"):
        save_nifti(np.ones((4, 4, 4)), GRID, path)
    with pytest.raises(GridMismatchError):
        to_native(np.ones((4, 4, 4)), GRID, (np.eye(4), (8, 8, 8)))


def test_a_volume_that_is_damaged_is_refused_in_a_line_that_names_it(tmp_path):
    path = save_nifti(np.random.default_rng(0).random(GRID.shape, np.float32), GRID, tmp_path / "a.nii.gz")
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:200], b"", b"no volume", whole[:-900] + bytes(900)):
        path.write_bytes(broken)
        with pytest.raises(ScanError, match=r"a\.nii\.gz: .*prepare again") as refused:
            load_grid_nifti(path, GRID)
        assert "Error" not in str(refused.value)
    for value in (np.nan, np.inf):
        volume = np.ones(GRID.shape, np.float32)
        volume[3, 4, 5] = value
        save_nifti(volume, GRID, path)
        with pytest.raises(ScanError, match="expected finite intensities, found 1 NaN or infinite"):
            load_grid_nifti(path, GRID)
    with pytest.raises(FileNotFoundError):
        load_grid_nifti(tmp_path / "gone.nii.gz", GRID)


@pytest.mark.parametrize("degrees", [(0, 0, 0), (7, -5, 12)])
def test_grid_to_native_to_grid(degrees):
    grid = GRIDS["t1w_48"]
    volume = template_volume(grid)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() @ np.diag([-1.0, 1, 1])
    affine[:3, 3] = np.array([0, -18, 6]) - affine[:3, :3] @ np.full(3, 119.5)
    native = to_native(volume, grid, (affine, (240, 240, 240)))
    back = place(native, affine, grid)
    # Both ways low-pass a little, so edges lose contrast and nothing moves.
    assert np.corrcoef(back.ravel(), volume.ravel())[0, 1] > 0.985
    assert back.sum() == pytest.approx(volume.sum(), rel=5e-3)


def test_native_of_a_registered_scan(brain_2mm, write_scan):
    volume, affine = brain_2mm
    affine = np.diag([0.9, 0.9, 0.9, 1.0]) @ affine
    registration = register(volume, affine)
    on_grid = place(volume, registration.affine @ affine, GRIDS["t1w_96"])
    back = to_native(on_grid, "t1w_96", write_scan(volume, affine), registration)
    assert back.shape == volume.shape
    assert np.corrcoef(back.ravel(), volume.ravel())[0, 1] > 0.98


def test_files_on_a_grid_are_told_by_their_header(tmp_path):
    for name in ("a.nii", "a.nii.gz"):
        save_nifti(np.zeros((32, 32, 32), np.float32), "t1w_32", tmp_path / name)
        assert is_on_a_grid(tmp_path / name)
    nib.save(nib.Nifti1Image(np.zeros((3, 3, 3), np.float32), np.eye(4)), tmp_path / "scan.nii.gz")
    (tmp_path / "text.nii").write_text("no image")
    for name in ("scan.nii.gz", "text.nii", "gone.nii"):
        assert not is_on_a_grid(tmp_path / name)
