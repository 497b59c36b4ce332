"""Scans into anatomies: finished ones are kept, every bad scan is named at once, two are the least."""

from dataclasses import replace

import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.anatomies import AnatomyScan, AnatomySource, anatomy_of_scan, build_anatomies
from brainaging.transforms import ScanError


@pytest.fixture
def scans(tmp_path):
    """Three files, whose content names a ball; the third is no scan."""
    made = []
    for name in ("front", "back", "broken"):
        (tmp_path / f"{name}.nii.gz").write_text(name)
        made.append(AnatomyScan(name, tmp_path / f"{name}.nii.gz", "native"))
    return made


@pytest.fixture
def asked(monkeypatch, front_brain, back_brain):
    """Stand-ins for the scans' anatomies, and the names that were asked for."""
    names = []

    def anatomy_of(scan):
        names.append(scan.name)
        if scan.name == "broken":
            raise ScanError(f"{scan.path}: expected a NIfTI file, found none")
        return replace(front_brain if scan.name == "front" else back_brain, name=scan.name)

    monkeypatch.setattr(anatomy_of_scan, "anatomy_of", anatomy_of)
    return names


def test_finished_anatomies_are_kept_until_their_scan_changes(scans, asked, tmp_path):
    good = scans[:2]
    build_anatomies(AnatomySource.of(good), tmp_path / "out", 1)
    anatomies = build_anatomies(AnatomySource.of(good), tmp_path / "out", 1)
    assert asked == ["front", "back"]
    assert list(anatomies) == ["back", "front"]
    good[1].path.write_text("another scan")
    build_anatomies(AnatomySource.of(good), tmp_path / "out", 1)
    assert asked == ["front", "back", "back"]


def test_a_bad_scan_is_named_or_set_aside(scans, asked, tmp_path):
    with pytest.raises(UserError, match=r"1 of 3 scans cannot be used.*\n  broken: .*expected a NIfTI file"):
        build_anatomies(AnatomySource.of(scans), tmp_path / "out", 1)
    anatomies = build_anatomies(AnatomySource.of(scans, skip_bad=True), tmp_path / "out", 1)
    assert list(anatomies) == ["back", "front"]
    assert "broken," in (tmp_path / "out" / "excluded.csv").read_text()
    with pytest.raises(UserError, match="expected at least 2 scans, found 1"):
        build_anatomies(AnatomySource.of(scans[1:], skip_bad=True), tmp_path / "few", 1)


def test_what_cannot_be_a_source_is_refused_before_any_work(scans):
    with pytest.raises(UserError, match="expected at least 2 scans, found 1: people of one brain"):
        AnatomySource.of(scans[:1])
    for name in ("../up", "front", "template", ""):
        with pytest.raises(UserError, match="expected distinct names"):
            AnatomySource.of([scans[0], replace(scans[1], name=name)])
    gone = [replace(scan, path=scan.path.with_name(f"gone-{scan.name}")) for scan in scans[:2]]
    with pytest.raises(UserError, match=r"2 of 3 scans(.|\n)*gone-front(.|\n)*gone-back"):
        AnatomySource.of([*gone, scans[2]])


def test_whole_heads_and_scans_that_lie_elsewhere_are_all_named(shared_data, tmp_path):
    head = sorted((shared_data / "ixi_2mm").glob("*.nii*"))[0]
    native = shared_data / "ds002748" / "sub-01" / "anat" / "sub-01_T1w.nii.gz"
    unreadable = tmp_path / "torn.nii.gz"
    unreadable.write_bytes(native.read_bytes()[:2000])
    scans = [
        AnatomyScan("head", head, "native"),
        AnatomyScan("elsewhere", native, "template"),
        AnatomyScan("torn", unreadable, "native"),
    ]
    with pytest.raises(UserError) as refused:
        build_anatomies(AnatomySource.of(scans), tmp_path / "out", 1)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("anatomies: 3 of 3 scans cannot be used")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["head", "elsewhere", "torn"]
    assert "whole head" in lines[1]
    assert "expected a brain in MNI or AC-PC space" in lines[2]
