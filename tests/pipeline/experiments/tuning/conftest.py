"""A small table of people, some of them kin, and the bundle that reads it."""

import numpy as np
import pandas as pd
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.experiments.tuning.fold_scores import TunedBundle

PEOPLE = 48


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> PreparedTable:
    """48 people of 24 families with nine measures that three numbers explain, but for noise."""
    root = tmp_path_factory.mktemp("tuning")
    random = np.random.default_rng(0)
    common = random.standard_normal((PEOPLE, 3)) @ random.standard_normal((3, 9))
    regions = ("Hippo", "Caudate", "Putamen", "Amygdala")
    names = ["FS_InterCranial_Vol", *(f"FS_{side}_{region}_Vol" for side in "LR" for region in regions)]
    people = pd.DataFrame(1000 + 50 * (common + 0.3 * random.standard_normal((PEOPLE, 9))), columns=names)
    people.insert(0, "Subject", [f"{100_000 + number}" for number in range(PEOPLE)])
    people.insert(1, "Gender", ["F", "M"] * (PEOPLE // 2))
    people.insert(2, "Age", ["22-25", "26-30"] * (PEOPLE // 2))
    people.to_csv(root / "unrestricted.csv", index=False)
    restricted = pd.DataFrame({"Subject": people["Subject"], "Age_in_Yrs": 25})
    restricted["Family_ID"] = [f"family{number // 2}" for number in range(PEOPLE)]
    restricted.to_csv(root / "restricted.csv", index=False)
    cohort = read_cohort(root / "unrestricted.csv", restricted=root / "restricted.csv", scans=False)
    return prepare_morphometry(cohort, read_morphometry(root / "unrestricted.csv"), root / "prepared")


@pytest.fixture(scope="session")
def tuned(table: PreparedTable) -> TunedBundle:
    return TunedBundle.of(bundle_path("morphometry_autoencoder"), table.folder, table.cohort, 2, 0)
