"""Files of a simulated cohort: equal values give equal bytes, numbers come back, kin say nothing about order."""

import csv
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
import yaml

from brainaging.pipeline.simulate import hcp_layout as layout
from brainaging.pipeline.simulate import load_scenario
from brainaging.pipeline.simulate.anatomies import template_anatomy
from brainaging.pipeline.simulate.scenario import scenario_from_dict


def test_equal_volumes_are_equal_bytes_whatever_their_name(tmp_path):
    values, affine = np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.diag([2.0, 2.0, 2.0, 1.0])
    for name in ("a.nii.gz", "other.nii.gz"):
        layout.write_volume(tmp_path / name, values, affine)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "other.nii.gz").read_bytes()
    image = nib.load(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), values)
    np.testing.assert_array_equal(image.affine, affine)


def test_tables_keep_six_digits_and_every_word(tmp_path):
    layout.write_csv(tmp_path / "t.csv", [{"name": "a,b", "value": 1 / 3, "count": 7}])
    with (tmp_path / "t.csv").open(newline="") as handle:
        assert list(csv.DictReader(handle)) == [{"name": "a,b", "value": "0.333333", "count": "7"}]


def test_kin_share_parents_and_families_do_not_tell_their_order(causes):
    table = layout.restricted_rows(causes, 3)
    parents: dict[int, set] = {}
    for cause, row in zip(causes, table, strict=True):
        parents.setdefault(cause.member.family, set()).add((row["Family_ID"], row["Mother_ID"], row["Father_ID"]))
    assert all(len(of_one) == 1 for of_one in parents.values())
    mothers = [next(iter(parents[family]))[1] for family in sorted(parents)]
    assert len(set(mothers)) == len(mothers)
    assert mothers != sorted(mothers)


def test_a_cause_s_row_has_every_cause_and_the_true_volumes(causes):
    row = layout.cause_row(causes[0], {"grey": 600.0, "smallest_jacobian": 0.5})
    assert row["grey_ml"] == 600.0
    assert row["smallest_jacobian"] == 0.5
    assert row["head_size_ml"] == causes[0].head_size
    assert row["kin"] == causes[0].member.kind


def test_the_truth_s_scenario_can_be_simulated_again(tmp_path, scenario):
    layout.write_recipe(tmp_path, scenario)
    text = (tmp_path / layout.TRUTH / "scenario.yaml").read_text(encoding="utf-8")
    assert scenario_from_dict(yaml.safe_load(text)) == scenario


def test_people_of_one_scan_are_one_family(causes):
    dealt = [replace(cause, anatomy=f"scan{row % 3}") for row, cause in enumerate(causes)]
    rows = layout.restricted_rows(dealt, 0)
    families = {}
    for cause, row in zip(dealt, rows, strict=True):
        families.setdefault(cause.anatomy, set()).add(row["Family_ID"])
    assert [len(ids) for ids in families.values()] == [1, 1, 1]
    assert len(set.union(*families.values())) == 3
    assert layout.cause_row(dealt[0], {})["anatomy"] == "scan0"
    # a cohort without scans has the columns that it always had
    assert "anatomy" not in layout.cause_row(causes[0], {})


def test_effects_of_a_scan_lie_in_its_folder(tmp_path, scenario):
    layout.write_effect_maps(tmp_path, scenario, replace(template_anatomy(), name="scan"))
    folder = tmp_path / layout.TRUTH / layout.ANATOMIES / "scan"
    assert sorted(path.name for path in folder.iterdir()) == [
        "age_log_jacobian.nii.gz",
        "contrast.nii.gz",
        "sex_log_jacobian.nii.gz",
    ]


@pytest.mark.parametrize("text", ["", "{", None])
def test_half_a_file_is_no_file(tmp_path, text):
    path = tmp_path / "row.json"
    if text is not None:
        path.write_text(text)
    assert layout.read_json(path) is None


def test_where_tissue_is_elastic_the_maps_hold_what_is_prescribed(tmp_path):
    layout.write_effect_maps(tmp_path, load_scenario("lifespan-elastic"), template_anatomy())
    year = np.asarray(nib.load(tmp_path / layout.TRUTH / "age_log_jacobian.nii.gz").dataobj)
    labels = template_anatomy().structures
    assert (year[np.isin(labels, (4, 43))] > 0).all()
    assert (year[np.isin(labels, (17, 53))] < 0).all()
    assert not year[labels == 0].any()
