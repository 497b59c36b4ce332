from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.experiments.cohort_calibration import TARGETS, calibrate, freesurfer_table, measure
from brainaging.pipeline.runtime import UserError


def prepared_from(made, shape=(3, 4, 5)):
    brackets = np.array(["22-25", "26-30", "31-35"])[np.digitize(made.years, [27, 34])]
    table = pd.DataFrame(
        {"subject": np.arange(len(made.sex)).astype(str), "sex": made.sex, "age_bracket": brackets}
    )
    cohort = SimpleNamespace(table=table, groups=lambda: made.groups)
    return SimpleNamespace(
        cohort=cohort, head_size=made.head_size, volumes=lambda: made.features.reshape(len(made.sex), *shape)
    )


def test_a_strong_cohort_misses_no_floor_and_every_measure_stands_beside_its_target(plant):
    made = plant(n=160, p=60, sex_effect=4.0)
    measured = measure(prepared_from(made), made.features[:, :20] + 3, 0).set_index("measure")
    assert list(measured.index) == [target.measure for target in TARGETS]
    assert (measured["ci_low"] <= measured["value"]).all()
    assert (measured["value"] <= measured["ci_high"]).all()
    assert measured.loc["sex from voxels", "value"] > 0.85
    assert 0.7 < measured.loc["sex from head size alone", "value"] < 0.95
    assert (measured["n"] == 160).all()
    inside = (measured["value"] >= measured["target_low"]) & (measured["value"] <= measured["target_high"])
    assert (measured["meets"] == inside).all()


def test_the_table_is_read_in_the_cohorts_order_and_only_its_freesurfer_columns(tmp_path):
    path = tmp_path / "unrestricted.csv"
    path.write_text("Subject,Gender,FS_A,Age,FS_B\n007,M,1,22-25,2\n100,F,3,22-25,4\n")
    cohort = SimpleNamespace(table=pd.DataFrame({"subject": ["100", "007"]}))
    np.testing.assert_array_equal(freesurfer_table(cohort, path), [[3, 4], [1, 2]])
    cohort.table.loc[0, "subject"] = "999"
    with pytest.raises(UserError, match="1 subjects of the cohort are missing, first 999"):
        freesurfer_table(cohort, path)
    path.write_text("Subject,Gender\n100,F\n")
    with pytest.raises(UserError, match="begin with FS_, found none"):
        freesurfer_table(cohort, path)


@pytest.mark.slow
def test_a_simulated_cohort_is_measured_from_its_scans(tmp_path):
    measured = calibrate("hcp-ya", 60, 0, work_dir=tmp_path)
    assert np.isfinite(measured[["value", "ci_low", "ci_high"]].to_numpy()).all()
    assert (tmp_path / "prepared/prepared.json").is_file()
