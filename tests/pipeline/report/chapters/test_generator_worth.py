"""What each generator is worth: a generator a column, orders and instruments in tables of their own."""

import numpy as np
import pytest

from brainaging.pipeline.report.chapters.generator_worth import worth_content, worth_facts, worth_tables
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def findings(findings_of):
    return findings_of["generators"]


def test_every_kind_of_measure_has_its_table(findings):
    fidelity, asked, read, instruments = worth_tables(findings)
    assert fidelity.head == ["measure", "PCA with Gaussian codes", "baseline"]
    assert fidelity.rows[0][1:] == ["42.0; 1.05 × the floor", "40.0 (floor of real against real)"]
    assert asked.rows == [
        ["ventricles, by a reader, ratio of changes with age", "0.970 (0.810 to 1.130)", "1.000 (fresh scans)"]
    ]
    assert read.rows[0][0] == "voxels, gain of that age regressor by that of one trained on people"
    assert instruments.head == ["measure", "Fresh people", "baseline"]
    assert instruments.rows[0][1] == "0.910"


def test_facts_say_whether_orders_were_met(findings):
    facts = dict(worth_facts(findings))
    assert facts["Compared"] == "300 people that all generators learned from, measured by 200 others"
    ventricles = "Conditional flow: ventricles, by a reader, ratio of changes with age"
    assert facts[ventricles] == "0.970 (0.810 to 1.130)"


def test_a_generator_s_brains_of_another_shape_are_refused(findings):
    arrays = {"real": np.ones((2, 4, 4, 4)), "mask": np.ones((4, 4, 4)), "spacing": np.array(6.0)}
    wrong = {**arrays, "generated_gan": np.ones((2, 3, 4, 4))}
    with pytest.raises(UserError, match="generated_gan expected shape"):
        worth_content(wrong, findings)
    with pytest.raises(UserError, match="missing mask, spacing"):
        worth_content({"real": arrays["real"]}, findings)
