"""A planted table: twelve structures on both sides, of which some change with sex and some with age."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold

from brainaging.pipeline.analysis.encodings import Subjects
from brainaging.pipeline.analysis.morphometry import model_grid
from brainaging.pipeline.data.morphometry import describe

REGIONS = (
    "insula",
    "cuneus",
    "lingual",
    "precuneus",
    "fusiform",
    "entorhinal",
    "bankssts",
    "paracentral",
    "precentral",
    "postcentral",
    "superiorfrontal",
    "superiorparietal",
)
NAMES = [f"{side}_{region}_thickness" for region in REGIONS for side in ("lh", "rh")]
SEX, AGE = ("insula", "cuneus", "lingual"), ("precuneus", "fusiform", "entorhinal")


def _plant(n: int = 160, sex: float = 0.0, age: float = 0.0, size: float = 0.0, seed: int = 0) -> SimpleNamespace:
    """Return values (n, 24) in mm with effects in SDs (age: over the whole span) and families of two."""
    rng = np.random.default_rng(seed)
    groups = np.arange(n) // 2
    male = rng.random(n) < 0.5
    years = rng.uniform(20, 60, n)
    head = 1450 * np.exp(0.11 * (male - 0.5) + 0.06 * rng.normal(size=n))
    z = 0.6 * rng.normal(size=(n, 3)) @ rng.normal(size=(3, 24)) + rng.normal(size=(n, 24))
    for column, name in enumerate(NAMES):
        region = name.split("_")[1]
        z[:, column] += sex * (region in SEX) * (male - 0.5) + age * (region in AGE) * (years - 40) / 40
        z[:, column] += size * (head - head.mean()) / head.std()
    brackets = np.array(["22-25", "26-30", "31-35"])[np.digitize(years, [33, 47])]
    subjects = Subjects(np.where(male, "M", "F"), brackets, groups, head, years)
    return SimpleNamespace(
        values=2.5 + 0.1 * z,
        columns=describe(NAMES),
        subjects=subjects,
        groups=groups,
        grouped=list(GroupKFold(4, shuffle=True, random_state=seed).split(z, groups=groups)),
        random=list(KFold(4, shuffle=True, random_state=seed).split(z)),
    )


@pytest.fixture(scope="session")
def plant() -> Callable[..., SimpleNamespace]:
    return _plant


@pytest.fixture(scope="session")
def planted_in() -> dict[str, tuple[str, ...]]:
    return {"sex": SEX, "age": AGE}


@pytest.fixture
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forests of few trees, where it does not matter how well they tell."""
    monkeypatch.setattr(model_grid, "TREES", 5)
