import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.stats import pearsonr

from brainaging.transforms import (
    GRIDS,
    head_size_ml,
    origin_voxel,
    place,
    read_scan,
    scale_head,
    t1w_chain,
    template_volume,
)
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


@pytest.mark.parametrize("antialias", [True, False])
def test_a_scaled_head_has_the_cubed_volume_about_whatever_point(antialias):
    grid, brain = GRIDS["t1w_64"], template_volume("t1w_64")
    for about in (None, origin_voxel(grid)):
        ratio = head_size_ml(scale_head(brain, 0.9, about, antialias=antialias), 3.0) / head_size_ml(brain, 3.0)
        assert ratio == pytest.approx(0.9**3, rel=0.02)


def test_a_scale_of_one_changes_nothing_to_the_last_bit():
    brain = template_volume("t1w_32")
    np.testing.assert_array_equal(scale_head(brain, 1.0), brain)
    np.testing.assert_array_equal(scale_head(brain, 1.0, origin_voxel(GRIDS["t1w_32"])), brain)


def test_the_point_that_is_named_stays():
    grid = GRIDS["t1w_48"]
    peak = np.zeros(grid.shape, np.float32)
    origin = np.rint(origin_voxel(grid)).astype(int)
    assert np.abs(grid.affine[:3, :3] @ origin + grid.affine[:3, 3]).max() <= grid.spacing / 2
    peak[tuple(origin)] = 1
    for scale in (0.8, 1.3):
        moved = scale_head(peak, scale, origin)
        assert np.unravel_index(moved.argmax(), grid.shape) == tuple(origin)
    assert np.unravel_index(scale_head(peak, 1.5).argmax(), grid.shape) != tuple(origin)


@pytest.mark.parametrize("scale", [0.85, 64 / 70, 1.1])
def test_without_a_low_pass_it_is_torch_s_linear_resize_about_the_middle(scale):
    brain = template_volume("t1w_32")
    turn = (torch.eye(3, 4) / scale)[None]
    where = F.affine_grid(turn, [1, 1, *brain.shape], align_corners=True)
    expected = F.grid_sample(torch.from_numpy(brain)[None, None], where, align_corners=True)[0, 0].numpy()
    np.testing.assert_allclose(scale_head(brain, scale, antialias=False), expected, atol=1e-5)


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
