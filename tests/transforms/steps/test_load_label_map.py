"""A label map holds whole numbers, and may be empty."""

import nibabel as nib
import numpy as np
import pytest
import torch
from monai.data import MetaTensor

from brainaging.transforms import LoadLabelMap, LoadLabelMapd, ScanError
from brainaging.transforms.steps.images import affine_of, array_of


def test_a_path_a_nibabel_image_and_a_tensor_load_alike(label, write_scan):
    labels, affine = array_of(label), affine_of(label)
    path = write_scan(labels.astype(np.uint8), affine, "label.nii.gz")
    tensor = MetaTensor(label.float().as_tensor(), affine=label.affine)
    for source in (str(path), nib.load(path), tensor):
        loaded = LoadLabelMap()(source)
        assert loaded.dtype == torch.int32 and loaded.shape == (1, *labels.shape)
        np.testing.assert_array_equal(array_of(loaded), labels)
        np.testing.assert_allclose(affine_of(loaded), affine)


def test_an_empty_map_and_several_structures_are_maps(label):
    empty = MetaTensor(torch.zeros(3, 9, 9, 9), affine=torch.eye(4))
    assert LoadLabelMapd("label")({"label": empty})["label"].shape == (3, 9, 9, 9)


def test_a_share_of_a_voxel_is_no_label(label):
    with pytest.raises(ScanError, match=r"label\.nii: expected a label map of whole numbers, found 0\.5"):
        LoadLabelMapd("seg")({"seg": label * 0.5})
    with pytest.raises(ScanError, match="seg: expected a path, a MetaTensor or a nibabel image, found int"):
        LoadLabelMapd("seg")({"seg": 3})


@pytest.mark.slow
def test_a_parcellation_of_freesurfer_is_read(shared_data):
    path = next((shared_data / "freesurfer_mgz").glob("*/mri/aseg.mgz"))
    expected = np.asarray(nib.load(path).dataobj).astype(np.int32)
    np.testing.assert_array_equal(array_of(LoadLabelMap()(path)), expected)
