import nibabel as nib
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial.transform import Rotation

from brainaging.transforms import read_scan, resample
from brainaging.transforms.brain import coarse
from brainaging.transforms.checks.orientation import (
    MIRROR,
    TURNS,
    codes,
    find_orientation,
    header_axes,
    signed_permutations,
)


def turned(affine: np.ndarray, degrees: tuple[float, float, float]) -> np.ndarray:
    """Turn a scan's space."""
    move = np.eye(4)
    move[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    return move @ affine


def test_there_are_24_turns_and_as_many_mirror_images():
    everything = {codes(matrix) for matrix in signed_permutations()}
    assert len(everything) == 48
    assert {codes(turn) for turn in TURNS} | {codes(MIRROR @ turn) for turn in TURNS} == everything


def test_codes_are_nibabels():
    for matrix in signed_permutations():
        affine = np.eye(4)
        affine[:3, :3] = matrix
        assert codes(header_axes(affine)) == "".join(nib.orientations.aff2axcodes(affine))


def test_a_brain_that_lies_as_its_header_says_agrees(brain_2mm):
    finding = find_orientation(coarse(*brain_2mm))
    assert finding.agrees and finding.words == "" and finding.margin == 0
    assert (finding.header, finding.fits, finding.mirrored) == ("RAS", "RAS", "LAS")


@pytest.mark.parametrize("number", [1, 9, 14, 22, 30, 46])
def test_every_kind_of_wrong_header_is_found_and_named(brain_2mm, number):
    volume, affine = brain_2mm
    wrong = affine.copy()
    wrong[:3, :3] = affine[:3, :3] @ signed_permutations()[number]
    finding = find_orientation(coarse(volume, wrong))
    assert finding.agrees == (codes(signed_permutations()[number]) in ("RAS", "LAS"))
    assert {finding.fits, finding.mirrored} == {"RAS", "LAS"}
    if not finding.agrees:
        assert finding.words == f"{finding.header}→{finding.fits}"
        assert finding.margin > 0.05


def test_left_and_right_cannot_be_seen(brain_2mm):
    volume, affine = brain_2mm
    assert find_orientation(coarse(volume[::-1], affine)).agrees


@pytest.mark.parametrize("degrees", [(25, 0, 0), (-25, 0, 0), (0, 25, 0), (0, 0, -25), (15, -15, 15)])
def test_a_tilted_head_is_no_turned_one(brain_2mm, degrees):
    volume, affine = brain_2mm
    assert find_orientation(coarse(volume, turned(affine, degrees))).agrees


def test_thick_slices_and_coarse_voxels_are_no_turn(brain_2mm):
    volume, affine = brain_2mm
    for edges in ((2, 2, 5), (5, 2, 2), (4, 4, 4)):
        target = affine @ np.diag([*(np.array(edges) / 2), 1.0])
        shape = tuple(int(n * 2 / edge) for n, edge in zip(volume.shape, edges, strict=True))
        assert find_orientation(coarse(resample(volume, affine, target, shape), target)).agrees


def test_what_is_no_anatomy_says_nothing(brain_2mm):
    volume, affine = brain_2mm
    ball = np.linalg.norm(np.indices(volume.shape).T - np.array(volume.shape) / 2, axis=-1).T < 30
    assert find_orientation(coarse(gaussian_filter(ball.astype(np.float32), 1), affine)).agrees


def test_edges_of_voxels_that_moved_with_the_axes_are_found(brain_2mm):
    volume, affine = brain_2mm
    target = affine @ np.diag([1, 1, 1.25, 1])
    scan = resample(volume, affine, target, (*volume.shape[:2], int(volume.shape[2] / 1.25)))
    finding = find_orientation(coarse(np.ascontiguousarray(scan.transpose(2, 1, 0)), target))
    assert {finding.fits, finding.mirrored} == {"SAR", "SAL"}
    assert finding.edges_seen and not finding.edges_stay
    finding = find_orientation(coarse(scan, target[[2, 1, 0, 3]]))
    assert {finding.fits, finding.mirrored} == {"RAS", "LAS"}
    assert finding.edges_seen and finding.edges_stay


@pytest.fixture
def open_brains(shared_data):
    """Every stripped scan of the open data: its path."""
    patterns = ("ds002748/sub-*/anat/*_T1w.nii.gz", "freesurfer_mgz/*/mri/brain.mgz", "robustness/ms07*.nii.gz")
    return [path for pattern in patterns for path in sorted(shared_data.glob(pattern))]


def test_a_real_scan_upside_down_is_named(open_brains):
    volume, affine = read_scan(open_brains[0])
    assert find_orientation(coarse(volume, affine)).agrees
    finding = find_orientation(coarse(volume, affine @ np.diag([1, 1, -1, 1])))
    assert (finding.words, finding.mirrored) == ("LAI→LAS", "RAS")


@pytest.mark.slow
def test_no_open_scan_is_a_false_alarm(open_brains):
    for path in open_brains:
        assert find_orientation(coarse(*read_scan(path))).agrees, path


@pytest.mark.slow
def test_every_flip_of_the_hardest_open_scan_is_found(open_brains):
    # sub-45 is the least like the template of all
    volume, affine = read_scan(next(path for path in open_brains if "sub-45" in path.name))
    for change in signed_permutations()[::5]:
        wrong = affine.copy()
        wrong[:3, :3] = affine[:3, :3] @ change
        finding = find_orientation(coarse(volume, wrong))
        assert {finding.fits, finding.mirrored} == {"LAS", "RAS"}, change
