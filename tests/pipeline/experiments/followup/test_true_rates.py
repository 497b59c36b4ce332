"""The truth of simulated people by visit, and what an instrument shows of it."""

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts import PUBLIC_COLUMNS
from brainaging.pipeline.data.visits import Timeline, TimelineVisit
from brainaging.pipeline.experiments.followup.true_rates import instrument_slope, true_volumes


@pytest.fixture
def cohort(tmp_path):
    (tmp_path / "truth").mkdir()
    truth = {"subject": ["7", "7"], "session": ["1", "2"], "ventricles_ml": [20, 22]}
    pd.DataFrame(truth | {"grey_ml": [600, 590], "white_ml": [500, 498]}).to_csv(
        tmp_path / "truth" / "sessions.csv", index=False
    )
    rows = [
        dict.fromkeys(PUBLIC_COLUMNS, "")
        | {"subject": "sub-7", "session": f"ses-{number}", "age_years": 60.0}
        | {"image": str(tmp_path / "sub-7" / f"ses-{number}" / "anat" / "x.nii.gz")}
        for number in (2, 1)
    ]
    table = pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float})
    return Cohort(table, simulated=True)


def test_true_volumes_are_in_the_order_of_visits(cohort, tmp_path):
    person = Timeline("sub-7", (TimelineVisit(1, "ses-1", 60.0), TimelineVisit(0, "ses-2", 62.0)))
    found = true_volumes(cohort, [person])
    np.testing.assert_array_equal(found["ventricles"][0], [20, 22])
    np.testing.assert_array_equal(found["tissue"][0], [1100, 1088])
    (tmp_path / "truth" / "sessions.csv").unlink()
    assert true_volumes(cohort, [person]) is None


def test_an_instrument_that_shows_half_is_found():
    true = [np.array([10.0, 12.0, 15.0]), np.array([20.0, 21.0])]
    assert instrument_slope([5 + 0.5 * each for each in true], true) == pytest.approx(0.5)
