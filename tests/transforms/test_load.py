"""Every scan is read right or refused with one line that names the file."""

import gzip
import os
import tracemalloc

import nibabel as nib
import numpy as np
import pytest

from brainaging.transforms import ScanError, read_scan

AFFINE = np.diag([-2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def volume():
    return np.random.default_rng(0).random((12, 14, 16), np.float32) + 1


def refused(path, expected: str) -> None:
    with pytest.raises(ScanError, match=expected) as error:
        read_scan(path)
    message = str(error.value)
    assert message.startswith(f"{path}: expected ") and "\n" not in message


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32, np.float64, ">i2", ">f4"])
def test_nifti_is_read_as_nibabel_reads_it(tmp_path, volume, name, dtype):
    path = tmp_path / name
    image = nib.Nifti1Image((volume * 50).astype(dtype), AFFINE)
    nib.save(image, path)
    loaded, affine = read_scan(path)
    np.testing.assert_array_equal(loaded, nib.load(path).get_fdata(dtype=np.float32))
    np.testing.assert_array_equal(affine, AFFINE)
    assert loaded.dtype == np.float32 and loaded.dtype.isnative and loaded.flags.writeable


def test_scale_factors_are_applied(tmp_path, volume):
    image = nib.Nifti1Image((volume * 50).astype(np.uint8), AFFINE)
    image.header.set_slope_inter(2.5, -10)
    nib.save(image, tmp_path / "a.nii.gz")
    loaded, _ = read_scan(tmp_path / "a.nii.gz")
    np.testing.assert_allclose(loaded, nib.load(tmp_path / "a.nii.gz").get_fdata(), rtol=1e-6)


def test_nifti2_and_mgz_are_read(tmp_path, volume):
    for image, name in (
        (nib.Nifti2Image(volume, AFFINE), "a.nii.gz"),
        (nib.MGHImage(volume, AFFINE), "a.mgz"),
    ):
        nib.save(image, tmp_path / name)
        loaded, affine = read_scan(tmp_path / name)
        np.testing.assert_array_equal(loaded, volume)
        np.testing.assert_allclose(affine, AFFINE, atol=1e-5)


def test_gzip_in_several_members_is_read_whole(tmp_path, volume):
    raw = nib.Nifti1Image(volume, AFFINE).to_bytes()
    (tmp_path / "a.nii.gz").write_bytes(b"".join(gzip.compress(raw[i : i + 999]) for i in range(0, len(raw), 999)))
    np.testing.assert_array_equal(read_scan(tmp_path / "a.nii.gz")[0], volume)


def test_a_trailing_axis_of_one_is_dropped(write_scan, volume):
    np.testing.assert_array_equal(read_scan(write_scan(volume[..., None], AFFINE))[0], volume)


def test_missing_file(tmp_path):
    refused(tmp_path / "none.nii.gz", "found no such file")
    (tmp_path / "folder.nii.gz").mkdir()
    refused(tmp_path / "folder.nii.gz", "expected a file")


@pytest.mark.parametrize("keep", [0, 5, 200, 0.5, 0.99])
def test_truncated_gzip(write_scan, volume, keep):
    path = write_scan(volume, AFFINE)
    raw = path.read_bytes()
    path.write_bytes(raw[: keep if isinstance(keep, int) else int(len(raw) * keep)])
    refused(path, "truncated|NIfTI header")


def test_flipped_bits_in_gzip(write_scan, volume):
    path = write_scan(volume, AFFINE)
    raw = bytearray(path.read_bytes())
    raw[-6] ^= 0xFF  # the checksum
    path.write_bytes(bytes(raw))
    refused(path, "damaged")


def test_truncated_nii_and_mgz(tmp_path, volume):
    nib.save(nib.Nifti1Image(volume, AFFINE), tmp_path / "a.nii")
    nib.save(nib.MGHImage(volume, AFFINE), tmp_path / "a.mgz")
    for name in ("a.nii", "a.mgz"):
        raw = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(raw[: len(raw) // 2])
        refused(tmp_path / name, "truncated|damaged")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mgz"])
def test_not_an_image(tmp_path, name):
    (tmp_path / name).write_bytes(b"<html>404</html>" * 100)
    refused(tmp_path / name, "expected")
    (tmp_path / name).write_bytes(gzip.compress(b"<html>404</html>" * 100))
    refused(tmp_path / name, "expected")


def test_unknown_suffix(tmp_path):
    (tmp_path / "a.dcm").write_bytes(b"x")
    refused(tmp_path / "a.dcm", r"\.nii, \.nii\.gz, \.mgz, found \.dcm")


def test_four_axes(write_scan):
    refused(
        write_scan(np.ones((12, 12, 12, 5), np.float32), AFFINE), "expected 3 axes .* found 4: 12 × 12 × 12 × 5"
    )


def test_one_voxel_thick(write_scan):
    refused(write_scan(np.ones((64, 64, 1), np.float32), AFFINE), "found 64 × 64|found 2: ")


def test_all_zero_and_constant(write_scan):
    refused(write_scan(np.zeros((12, 12, 12), np.float32), AFFINE), "found all voxels zero")
    refused(write_scan(np.full((12, 12, 12), 7, np.float32), AFFINE), "found every voxel 7")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite(write_scan, volume, bad):
    volume[3, 4, 5] = bad
    refused(write_scan(volume, AFFINE), "found 1 NaN or infinite voxels")


def test_singular_affine(write_scan, volume):
    path = write_scan(volume, AFFINE, "a.nii")
    raw = bytearray(path.read_bytes())
    raw[280:296] = bytes(16)  # srow_x
    path.write_bytes(bytes(raw))
    refused(path, "singular")


def test_no_orientation_at_all(tmp_path, volume):
    nib.save(nib.Nifti1Image(volume, None), tmp_path / "a.nii.gz")
    refused(tmp_path / "a.nii.gz", "sform_code and qform_code 0")


def test_affine_in_metres(write_scan, volume):
    refused(write_scan(volume, np.diag([0.002, 0.002, 0.002, 1])), "units mm")


def test_colours_are_no_intensities(tmp_path):
    colour = np.zeros((12, 12, 12), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    nib.save(nib.Nifti1Image(colour, AFFINE), tmp_path / "a.nii.gz")
    refused(tmp_path / "a.nii.gz", "expected real numbers")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_header_that_promises_16_gb_is_refused_before_allocating(tmp_path, name):
    header = nib.Nifti1Header()
    header.set_data_dtype(np.float32)
    header.set_data_shape((1600, 1600, 1600))
    header.set_sform(AFFINE, code=1)
    raw = header.binaryblock + bytes(4 + 1000)
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    tracemalloc.start()
    refused(tmp_path / name, "16,384,000,3.. bytes that its header promises")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


def test_more_than_four_gib_is_refused(tmp_path):
    header = nib.Nifti1Header()
    header.set_data_dtype(np.float32)
    header.set_data_shape((1600, 1600, 1600))
    header.set_sform(AFFINE, code=1)
    with (tmp_path / "a.nii").open("wb") as stream:  # sparse: it has the size, not the blocks
        stream.write(header.binaryblock)
        os.truncate(stream.fileno(), 17_000_000_000)
    refused(tmp_path / "a.nii", "at most 4 GiB")


def patched(volume, **fields) -> bytes:
    """Return a NIfTI file whose header says what it should not."""
    raw = nib.Nifti1Image(volume, AFFINE).to_bytes()
    header = nib.Nifti1Header(raw[:348], check=False)
    for name, value in fields.items():
        header[name] = value
    return header.binaryblock + raw[348:]


QFORM = {"qform_code": 1, "sform_code": 0}


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (QFORM | {"quatern_b": 0.9, "quatern_c": 0.9}, r"rotation in its qform .*, found 0\.9, 0\.9, 0"),
        ({"datatype": 1234}, "NIfTI data type, found the unknown code 1234"),
        ({"vox_offset": np.nan}, r"place of its voxels \(vox_offset\), found nan"),
        ({"scl_slope": 2, "scl_inter": np.inf}, "finite scaling, found scl_slope 2 and scl_inter inf"),
        ({"srow_x": [np.nan] * 4}, "affine that can be inverted, found a singular one"),
        ({"dim": [3, 12, -14, 16, 1, 1, 1, 1]}, "at least 8 voxels along each axis, found 12 × -14 × 16"),
    ],
)
def test_a_field_of_the_header_that_cannot_be_is_named(tmp_path, volume, fields, found):
    (tmp_path / "a.nii").write_bytes(patched(volume, **fields))
    refused(tmp_path / "a.nii", found)


@pytest.mark.parametrize(
    "fields",
    [
        {"vox_offset": 0},
        {"vox_offset": -5},
        {"scl_slope": np.nan, "scl_inter": np.nan},
        {"scl_slope": 0, "scl_inter": 7},
    ],
)
def test_what_the_standard_lets_pass_is_read_as_if_nothing_were(tmp_path, volume, fields):
    (tmp_path / "a.nii").write_bytes(patched(volume, **fields))
    np.testing.assert_array_equal(read_scan(tmp_path / "a.nii")[0], volume)


def test_a_quaternion_rounded_past_one_and_a_negative_voxel_size_are_read(tmp_path, volume):
    turn = QFORM | {
        "quatern_b": 0.7072,
        "quatern_c": 0.7072,
        "quatern_d": 0.0,
        "pixdim": [1, -2, 2, 2, 1, 1, 1, 1],
    }
    (tmp_path / "a.nii").write_bytes(patched(volume, **turn))
    _, affine = read_scan(tmp_path / "a.nii")
    np.testing.assert_allclose(affine[:3, :3], [[0, 2, 0], [2, 0, 0], [0, 0, -2]], atol=1e-3)


def test_an_mgz_of_an_unknown_type_or_of_another_format(tmp_path, volume):
    raw = bytearray(nib.MGHImage(volume, AFFINE).to_bytes())
    raw[23] = 99
    (tmp_path / "a.mgz").write_bytes(gzip.compress(bytes(raw)))
    refused(tmp_path / "a.mgz", "found the unknown code 99")
    (tmp_path / "a.mgz").write_bytes(gzip.compress(nib.Nifti1Image(volume, AFFINE).to_bytes()))
    refused(tmp_path / "a.mgz", "found a NIfTI file")
