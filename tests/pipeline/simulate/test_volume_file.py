"""A volume's file is decided by its values."""

import nibabel as nib
import numpy as np

from brainaging.pipeline.simulate.volume_file import write_volume


def test_equal_volumes_are_equal_bytes_whatever_their_name(tmp_path):
    values, affine = np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.diag([2.0, 2.0, 2.0, 1.0])
    for name in ("a.nii.gz", "other.nii.gz"):
        write_volume(tmp_path / name, values, affine)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "other.nii.gz").read_bytes()
    image = nib.load(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), values)
    np.testing.assert_allclose(image.affine, affine)
