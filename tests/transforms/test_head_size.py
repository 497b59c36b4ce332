import numpy as np
import pytest
from scipy.stats import pearsonr

from brainaging.transforms import GRIDS, head_size_ml, place, read_scan, t1w_chain
from brainaging.transforms.template import template_1mm


@pytest.fixture(scope="module")
def template():
    t1w, _, affine = template_1mm()
    return t1w, affine


@pytest.mark.parametrize("name", ["t1w_32", "t1w_48", "t1w_64", "t1w_96"])
@pytest.mark.parametrize("gain", [1.116, 0.8])
def test_a_true_change_in_volume_is_measured_as_such(template, name, gain):
    t1w, affine = template
    grid = GRIDS[name]
    larger = np.diag([gain ** (1 / 3)] * 3 + [1.0]) @ affine
    ratio = head_size_ml(place(t1w, larger, grid), grid.spacing) / head_size_ml(
        place(t1w, affine, grid), grid.spacing
    )
    assert abs(ratio - gain) < 0.005


def test_the_chain_measures_the_scan_itself(brain_2mm, write_scan):
    volume, affine = brain_2mm
    larger = np.diag([1.116 ** (1 / 3)] * 3 + [1.0]) @ affine
    chain = t1w_chain("t1w_32")
    sizes = [
        chain({"image": str(write_scan(volume, a, f"{i}.nii.gz"))})["head_size"]
        for i, a in enumerate((affine, larger))
    ]
    assert abs(sizes[1] / sizes[0] - 1.116) < 0.005


def test_neither_gain_nor_fluid_nor_outliers_matter(template):
    t1w, _ = template
    thin = t1w[::3, ::3, ::3]
    size = head_size_ml(thin, 3.0)
    assert head_size_ml(thin * 1234, 3.0) == pytest.approx(size, rel=1e-3)
    spiked = thin.copy()
    spiked[tuple(np.argwhere(thin > 0)[::500].T)] = 1e6
    assert head_size_ml(spiked, 3.0) == pytest.approx(size, rel=5e-3)
    fluid = thin.copy()
    fluid[30:40, 5:9] = np.maximum(fluid[30:40, 5:9], 0.15)  # a rim of fluid that a loose mask leaves
    assert head_size_ml(fluid, 3.0) == pytest.approx(size, rel=5e-3)


def test_half_maximum_agrees_with_freesurfers_labels(shared_data):
    ratios = []
    for subject in ("sub-0001", "sub-0002"):
        folder = shared_data / "freesurfer_mgz" / subject / "mri"
        brain, affine = read_scan(folder / "brain.mgz")
        labels, _ = read_scan(folder / "aseg.mgz")
        fluid = np.isin(labels, (4, 5, 14, 15, 24, 43, 44, 72))  # ventricles and CSF
        voxel = np.linalg.norm(affine[:3, :3], axis=0)
        tissue_ml = np.count_nonzero((labels > 0) & ~fluid) * np.prod(voxel) / 1000
        ratios.append(head_size_ml(brain, voxel) / tissue_ml)
    # Grey matter's dim rim falls under half maximum; the same share of it in both people.
    assert all(0.88 < ratio < 1.0 for ratio in ratios), ratios
    assert abs(ratios[0] - ratios[1]) < 0.04, ratios


def test_head_size_orders_the_real_brains_as_their_masks_do(shared_data):
    scans = sorted((shared_data / "ds002748").glob("sub-*/anat/*_T1w.nii.gz"))[::3]
    sizes, masks = [], []
    for path in scans:
        volume, affine = read_scan(path)
        voxel = np.linalg.norm(affine[:3, :3], axis=0)
        sizes.append(head_size_ml(volume[::2, ::2, ::2], 2 * voxel))
        masks.append(np.count_nonzero(volume) * np.prod(voxel) / 1000)
    assert pearsonr(sizes, masks)[0] > 0.9
