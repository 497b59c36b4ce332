"""What a file is: a scan however it is packed and named, or a refusal that says what it is and what to do."""

import gzip
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainaging.transforms import ScanError, read_scan, read_scan_header
from brainaging.transforms.checks.scan_file import foreign, form_of

AFFINE = np.diag([-2.0, 2.0, 2.0, 1.0])


@pytest.fixture
def volume():
    return np.random.default_rng(0).random((12, 14, 16), np.float32) + 1


@pytest.fixture
def nifti(volume) -> bytes:
    return nib.Nifti1Image(volume, AFFINE).to_bytes()


@pytest.fixture
def mgh(volume) -> bytes:
    return nib.MGHImage(volume, AFFINE).to_bytes()


def same(path: Path, content: bytes, volume: np.ndarray) -> None:
    path.write_bytes(content)
    loaded, affine = read_scan(path)
    np.testing.assert_array_equal(loaded, volume)
    np.testing.assert_allclose(affine, AFFINE, atol=1e-5)
    header = read_scan_header(path)
    assert header.shape == volume.shape
    np.testing.assert_array_equal(header.affine, affine)


@pytest.mark.parametrize("name", ["A.NII", "A.NII.GZ", "a.Nii.gz", "a.nii", "a.nii.gz"])
def test_the_case_of_a_name_and_whether_it_says_gz_decide_nothing(tmp_path, nifti, volume, name):
    same(tmp_path / name, nifti, volume)
    same(tmp_path / name, gzip.compress(nifti), volume)


@pytest.mark.parametrize("name", ["A.MGZ", "a.mgz"])
def test_so_it_is_with_freesurfers(tmp_path, mgh, volume, name):
    same(tmp_path / name, mgh, volume)
    same(tmp_path / name, gzip.compress(mgh), volume)


@pytest.mark.parametrize("rest", [b"garbage" * 20, b"\0" * 700, b"\x1f", b"\n"])
def test_what_trails_a_gzip_stream_is_passed_over_as_by_the_gzip_tool(tmp_path, nifti, mgh, volume, rest):
    same(tmp_path / "a.nii.gz", gzip.compress(nifti) + rest, volume)
    same(tmp_path / "a.mgz", gzip.compress(mgh) + rest, volume)


def test_members_are_read_one_after_the_other_wherever_they_meet(tmp_path, nifti, volume):
    for cut in (1, 300, 352, 999, len(nifti) - 1):
        same(tmp_path / "a.nii.gz", gzip.compress(nifti[:cut]) + gzip.compress(nifti[cut:]), volume)


def refused(path: Path, expected: str) -> None:
    """Say that both readers refuse a file in the same line."""
    lines = []
    for read in (read_scan_header, read_scan):
        with pytest.raises(ScanError, match=expected) as error:
            read(path)
        lines.append(str(error.value))
    assert lines[0] == lines[1]
    assert lines[0].startswith(f"{path}: expected ")
    assert "\n" not in lines[0]


@pytest.mark.parametrize("name", ["a.nii.gz", "a.nii", "a.mgz"])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n",
            "a Git LFS pointer.*`git lfs pull`",
        ),
        (b"/annex/objects/SHA256E-s10--ab.nii.gz\n", "a git-annex pointer.*`datalad get` or `git annex get`"),
        (b"\n<!DOCTYPE html><html>not found</html>", "a web page: did its download fail"),
        (b"subject,path\na,b\n", "text that begins 'subject,path'"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"", "an empty file"),
    ],
)
def test_what_is_no_scan_is_named_with_what_to_do(tmp_path, name, content, found):
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, f"expected a scan, found {found}")


def test_a_dead_link_is_told_by_where_it_leads(tmp_path):
    (tmp_path / "annex.nii.gz").symlink_to("../.git/annex/objects/x/y/MD5E-s1--z.nii.gz")
    refused(tmp_path / "annex.nii.gz", "git-annex link to absent data: fetch them with `datalad get`")
    (tmp_path / "dead.nii.gz").symlink_to("moved.nii.gz")
    refused(tmp_path / "dead.nii.gz", r"found a link to moved\.nii\.gz, where no file is")
    (tmp_path / "folder.nii.gz").mkdir()
    refused(tmp_path / "folder.nii.gz", "expected a file, found a folder")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path, nifti):
    (tmp_path / "a.nii").write_bytes(nifti)
    (tmp_path / "a.nii").chmod(0)
    refused(tmp_path / "a.nii", "found: Permission denied")


def test_forms_by_name():
    assert [form_of(Path(name)) for name in ("x.NII.gz", "x.nii", "x.MGZ")] == ["nifti", "nifti", "mgz"]
    with pytest.raises(ScanError, match=r"found \.mgh"):
        form_of(Path("x.mgh"))


def test_a_scans_own_first_bytes_are_not_foreign(nifti, mgh):
    assert [foreign(content[:512]) for content in (nifti, mgh, gzip.compress(nifti), b"")] == [""] * 4
