"""Brains made by the weights that ship, beside people: what is written, and that it is what was asked for."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.experiments.shipped import brains_beside_people as shown
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.runtime.shipped_weights import shipped_weights

PEOPLE = 14


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What brains for a few people leave."""
    out = tmp_path_factory.mktemp("ordered")
    weights = shipped_weights(bundle_path(shown.BUNDLE))
    assert weights is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shown, "COUNT", PEOPLE)
        shown.brains_beside_people(weights.path, out)
    return out


def test_brains_and_people_are_of_one_age_sex_and_head_size(folder):
    with np.load(folder / shown.ARRAYS) as archive:
        arrays = dict(archive)
    assert arrays["made"].shape == arrays["people"].shape == (2 * len(shown.AGES), 32, 32, 32)
    assert arrays["male"].tolist() == [0, 0, 0, 1, 1, 1]
    made, people = (head_sizes(arrays[name], float(arrays["spacing"])) for name in ("made", "people"))
    assert np.corrcoef(made, people)[0, 1] > 0.9
    # of their age, and yet somebody else
    likeness = [
        np.corrcoef(*pair)[0, 1]
        for pair in zip(*(arrays[name].reshape(6, -1) for name in ("made", "people")), strict=True)
    ]
    assert min(likeness) > 0.9 and max(likeness) < 0.995


def test_every_person_has_a_row_and_a_brain_s(folder):
    table = pd.read_csv(folder / shown.PEOPLE)
    assert table["kind"].value_counts().to_dict() == {"people": PEOPLE, "made": PEOPLE}
    people, made = (table[table["kind"] == kind].reset_index(drop=True) for kind in ("people", "made"))
    pd.testing.assert_frame_equal(people[["age", "sex"]], made[["age", "sex"]])
    facts = json.loads((folder / shown.FACTS).read_text())
    assert facts["people"] == PEOPLE
    slope = np.polyfit(made["age"], made["ventricles_ml"], 1)[0]
    assert facts["ventricles_ml_per_decade_made"] == pytest.approx(10 * slope, rel=1e-3)
    low, high = facts["ventricles_ml_per_decade_made_interval"]
    assert low < facts["ventricles_ml_per_decade_made"] < high


def test_weights_that_are_not_there_are_one_line(tmp_path):
    with pytest.raises(UserError, match=r"none\.pt"):
        shown.brains_beside_people(tmp_path / "none.pt", tmp_path)
