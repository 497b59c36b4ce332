"""Volumes of a person's own anatomy, and two brains that FreeSurfer has labelled."""

import nibabel as nib
import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy import VOLUMES, own_anatomy, own_volumes
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, normalize_intensity, place, read_scan, register

WHITE = (2, 41, 7, 46, 16, 77, 251, 252, 253, 254, 255)
VENTRICLES = (4, 43, 5, 44, 14)


def test_parts_make_up_the_whole(phantom):
    made = phantom("t1w_48")
    volumes = own_anatomy(made.volume, made.grid).volumes()
    assert tuple(volumes) == VOLUMES
    assert volumes["brain"] == pytest.approx(volumes["grey"] + volumes["white"])
    assert volumes["inside"] == pytest.approx(volumes["brain"] + volumes["fluid"], rel=1e-4)
    assert volumes["ventricles"] < volumes["fluid"]


def test_each_scan_is_measured_by_itself(phantom):
    grid = get_grid("t1w_32")
    volumes = np.stack([phantom("t1w_32", scale=scale).volume for scale in (0.97, 1.03)])
    both = own_volumes(volumes, grid)
    for name in VOLUMES:
        assert both[name].shape == (2,)
        assert both[name][1] == own_volumes(volumes[1:], grid)[name][0]
    # heads differ by (1.03 / 0.97)³ = 1.197
    assert both["inside"][1] / both["inside"][0] == pytest.approx(1.197, rel=0.03)
    assert both["brain"][1] / both["brain"][0] == pytest.approx(1.197, rel=0.05)


def test_volumes_that_are_no_stack_are_refused():
    with pytest.raises(UserError, match="expected \\(n, 32, 32, 32\\)"):
        own_volumes(np.zeros((32, 32, 32), np.float32), "t1w_32")


@pytest.mark.parametrize("subject", ["sub-0001", "sub-0002"])
def test_freesurfer_s_labels_are_about_met(shared_data, subject):
    folder = shared_data / "freesurfer_mgz" / subject / "mri"
    volume, affine = read_scan(folder / "brain.mgz")
    labels = np.asarray(nib.load(folder / "aseg.mgz").dataobj)
    grid, moved = get_grid("t1w_48"), register(volume, affine).affine @ affine
    anatomy = own_anatomy(normalize_intensity(place(volume, moved, grid), grid), grid)
    for found, of in ((anatomy.shares[2], WHITE), (anatomy.ventricles, VENTRICLES)):
        true = place(np.isin(labels, of).astype(np.float32), moved, grid)
        assert found.sum() == pytest.approx(true.sum(), rel=0.2)
        assert 2 * np.minimum(found, true).sum() / (found.sum() + true.sum()) > 0.7
