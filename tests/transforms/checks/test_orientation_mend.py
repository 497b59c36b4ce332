import nibabel as nib
import numpy as np
import pytest

from brainaging.transforms import ScanError, ScanSteps, head_size_ml, t1w_chain, to_native
from brainaging.transforms.brain import coarse
from brainaging.transforms.checks.orientation import find_orientation, signed_permutations
from brainaging.transforms.checks.orientation_mend import check_brain_and_header, mended_affine, never_written

GRID = "t1w_48"
SPACES = ("template", "native")


@pytest.fixture(scope="module")
def clean(brain_2mm):
    """How the brain lies on the grid, by space."""
    image = nib.Nifti1Image(*brain_2mm)
    return {space: t1w_chain(GRID, space=space)({"image": image}) for space in SPACES}


def wrong_scans(volume: np.ndarray, affine: np.ndarray) -> dict[str, tuple[nib.Nifti1Image, bool]]:
    """Wrongly written scans, and whether the mend also knows left from right."""
    return {
        "a column flipped": (nib.Nifti1Image(volume, affine @ np.diag([1, 1, -1, 1])), True),
        "the array flipped": (nib.Nifti1Image(volume[:, :, ::-1], affine), True),
        "back to front": (nib.Nifti1Image(volume[:, ::-1], affine), True),
        "zyx": (nib.Nifti1Image(volume.transpose(2, 1, 0), affine), True),
        "LPS taken for RAS": (nib.Nifti1Image(volume, np.diag([-1, -1, 1, 1]) @ affine), False),
    }


@pytest.mark.parametrize(
    ("name", "space"),
    [
        ("a column flipped", "template"),
        ("a column flipped", "native"),
        ("the array flipped", "template"),
        ("back to front", "template"),
        ("zyx", "template"),
        ("zyx", "native"),
        ("LPS taken for RAS", "template"),
    ],
)
def test_a_wrong_header_is_refused_and_mended_on_request(brain_2mm, clean, name, space):
    image, hand_known = wrong_scans(*brain_2mm)[name]
    with pytest.raises(
        ScanError, match=r"expected a brain that lies as its header says \([A-Z]{3}\), found one that"
    ):
        t1w_chain(GRID, space=space)({"image": image})
    mended = t1w_chain(GRID, space=space, steps=ScanSteps(orientation="fix"))({"image": image})
    volume, right = mended["image"].numpy(), clean[space]["image"].numpy()
    if not hand_known:  # a pure left-right flip cannot be seen
        volume = volume[:, ::-1]
    assert np.corrcoef(volume.ravel(), right.ravel())[0, 1] > 0.99
    assert mended["head_size"] == pytest.approx(clean[space]["head_size"], rel=1e-6)
    assert mended["template_dice"] == pytest.approx(clean[space]["template_dice"], abs=0.01)
    assert mended["orientation"].count("→") == 1 and clean[space]["orientation"] == ""


def test_an_array_flipped_in_place_comes_back_exactly(brain_2mm):
    volume, affine = brain_2mm
    for change in signed_permutations()[5::9]:
        moved = np.abs(change).argmax(axis=0)
        array = np.flip(volume.transpose(moved), [axis for axis in range(3) if change[moved[axis], axis] < 0])
        finding = find_orientation(coarse(np.ascontiguousarray(array), affine))
        if finding.agrees:
            continue
        mended = mended_affine(array, affine, finding)
        first = (np.linalg.inv(affine) @ mended)[:3, 3]  # the array's first voxel is a corner of the clean scan's
        away = np.minimum(abs(first), abs(first - np.array(volume.shape) + 1))
        np.testing.assert_allclose(away, 0, atol=1e-6)


def test_the_header_can_be_trusted(brain_2mm):
    volume, affine = brain_2mm
    flipped = nib.Nifti1Image(volume[:, :, ::-1], affine)
    chain = t1w_chain(GRID, space="native", steps=ScanSteps(orientation="trust"))
    assert "orientation" not in chain({"image": flipped})


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="orientation: expected one of check, fix, trust, found 'guess'"):
        t1w_chain(GRID, steps=ScanSteps(orientation="guess"))


@pytest.mark.parametrize("rule", ["check", "fix"])
def test_an_identity_matrix_is_no_header(brain_2mm, rule):
    volume, _ = brain_2mm
    assert never_written(np.eye(4)) and never_written(np.diag([-1, -1, 1, 1]))
    assert never_written(np.diag([2.0, 2, 2.5, 1]))
    assert not never_written(np.diag([-2.0, 2, 2, 1]))
    assert not never_written(np.array([[2.0, 0, 0, -90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]]))
    with pytest.raises(ScanError, match=r"found the identity matrix.*fits RAS or its mirror image LAS"):
        check_brain_and_header(
            np.repeat(volume, 2, axis=0).repeat(2, axis=1).repeat(2, axis=2), np.eye(4), "x", rule
        )


def test_thick_slices_whose_axes_were_swapped_are_no_whole_head(brain_2mm):
    volume, affine = brain_2mm
    thick = affine @ np.diag([1, 1, 3, 1])  # 2 × 2 × 6 mm
    scan = np.ascontiguousarray(volume[:, :, 1::3].transpose(2, 1, 0))
    with pytest.raises(ScanError, match=r"found one that fits SA[RL]"):
        check_brain_and_header(scan, thick, "scan", "check")
    _, finding = check_brain_and_header(scan, thick, "scan", "fix")
    mended = mended_affine(scan, thick, finding)
    np.testing.assert_allclose(np.linalg.norm(mended[:3, :3], axis=0), [6, 2, 2])


def test_an_edited_volume_goes_back_to_the_mended_voxels(brain_2mm):
    volume, affine = brain_2mm
    flipped = nib.Nifti1Image(volume[:, :, ::-1], affine)
    chain = t1w_chain(GRID, steps=ScanSteps(orientation="fix"), track_meta=True)
    data = chain({"image": flipped})
    mended = np.asarray(data["image"].meta["mended_affine"])
    native = to_native(np.asarray(data["image"][0]), GRID, (mended, volume.shape))
    assert np.corrcoef(native.ravel(), volume[:, :, ::-1].ravel())[0, 1] > 0.9
    assert head_size_ml(native, 2.0) == pytest.approx(head_size_ml(volume, 2.0), rel=0.1)


def test_voxel_sizes_alone_are_no_header(brain_2mm):
    """Of a scan written LAS they make its mirror image, which nothing in the image tells."""
    with pytest.raises(ScanError, match=r"voxel sizes and no origin.*left and right are unknown.*on RAS"):
        check_brain_and_header(brain_2mm[0], np.diag([2.0, 2, 2, 1]), "x.nii.gz", "fix")
    scan, finding = check_brain_and_header(brain_2mm[0], np.diag([2.0, 2, 2, 1]), "x.nii.gz", "trust")
    assert finding is None
    np.testing.assert_array_equal(scan.affine[:3, :3] / np.linalg.norm(scan.affine[:3, :3], axis=0), np.eye(3))
