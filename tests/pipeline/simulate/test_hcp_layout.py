"""Files of a simulated cohort: equal values give equal bytes, numbers come back, kin say nothing about order."""

import csv

import nibabel as nib
import numpy as np
import pytest
import yaml

from brainaging.pipeline.simulate import hcp_layout as layout
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
    layout.write_effect_maps(tmp_path, scenario)
    text = (tmp_path / layout.TRUTH / "scenario.yaml").read_text(encoding="utf-8")
    assert scenario_from_dict(yaml.safe_load(text)) == scenario


@pytest.mark.parametrize("text", ["", "{", None])
def test_half_a_file_is_no_file(tmp_path, text):
    path = tmp_path / "row.json"
    if text is not None:
        path.write_text(text)
    assert layout.read_json(path) is None
