"""The one way in: which layout a source has, and what is none."""

from pathlib import Path

import pytest

from brainaging.pipeline.data import SourceFormat, detect

BASIC = "Subject,Path,Sex,Age,Site\na,scans/s0.nii.gz,F,20,X\nb,scans/s1.nii.gz,m,30.5,Y\n"
LAYOUT_OF = {"ds002748": "bids", "freesurfer_mgz": "freesurfer", "aomic_piop2": "bids"}


def test_every_scan_bad_is_an_error_even_when_skipped(refused, paths_csv):
    refused("no scan is left", paths_csv(BASIC.replace("s0", "x").replace("s1", "y")), skip_bad=True)


def test_sources_that_are_none(refused, tmp_path):
    refused("no such file or folder", tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    assert len(str(refused("expected an HCP S1200 folder", tmp_path / "empty")).splitlines()) == 1
    refused("layout: expected", tmp_path / "empty", source_format=SourceFormat(layout="dicom"))


def test_an_unrestricted_csv_belongs_to_hcp(refused, paths_csv):
    path = paths_csv(BASIC)
    refused("belongs to an HCP folder", path, unrestricted=path)


@pytest.mark.parametrize("name", LAYOUT_OF)
def test_layouts_of_open_data(shared_data: Path, name):
    assert detect(shared_data / name) == LAYOUT_OF[name]
