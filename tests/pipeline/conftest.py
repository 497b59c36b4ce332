"""Planted cohorts whose causes are known: Gaussian features, and a table of twelve structures on both sides."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold

from brainaging.pipeline.data.morphometry import describe
from brainaging.pipeline.results import Score
from brainaging.pipeline.stats import Subjects
from brainaging.pipeline.stats.learners import model_grid


@dataclass(frozen=True)
class Planted:
    """Features (n, p) with a planted sex effect, age effect and head-size effect, and families of two."""

    features: np.ndarray
    sex: np.ndarray
    years: np.ndarray
    head_size: np.ndarray
    groups: np.ndarray
    grouped: list
    random: list


def plant(n=160, p=60, sex_effect=0.0, age_effect=0.0, size_effect=0.0, family=0.0, shared_sex=False, seed=0):
    rng = np.random.default_rng(seed)
    groups = np.arange(n) // 2
    male = rng.random(n) < 0.5
    if shared_sex:
        male = male[groups * 2]
    years = rng.uniform(20, 40, n)
    size = 1150 * np.exp(0.11 * male + 0.06 * rng.normal(size=n))
    axes = np.linalg.qr(rng.normal(size=(p, 3)))[0].T
    features = rng.normal(size=(n, p)) + family * rng.normal(size=(n // 2 + 1, p))[groups]
    features += sex_effect * np.outer(male - 0.5, axes[0]) + age_effect * np.outer((years - 30) / 6, axes[1])
    features += size_effect * np.outer((size - size.mean()) / size.std(), axes[2])
    grouped = list(GroupKFold(5, shuffle=True, random_state=seed).split(features, groups=groups))
    random = list(KFold(5, shuffle=True, random_state=seed).split(features))
    return Planted(features, np.where(male, "M", "F"), years, size, groups, grouped, random)


@pytest.fixture(name="plant", scope="session")
def plant_fixture():
    return plant


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


def _plant_table(
    n: int = 160, sex: float = 0.0, age: float = 0.0, size: float = 0.0, seed: int = 0
) -> SimpleNamespace:
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
def plant_table() -> Callable[..., SimpleNamespace]:
    return _plant_table


@pytest.fixture(scope="session")
def planted_in() -> dict[str, tuple[str, ...]]:
    return {"sex": SEX, "age": AGE}


@pytest.fixture(scope="session")
def confounded(plant_table) -> Callable[..., tuple]:
    """Return what makes a table without any sex effect, whose sites differ in scanner and in how many men."""

    def plant(n: int = 240) -> tuple:
        made = plant_table(n=n)
        rng = np.random.default_rng(0)
        sites = np.array(["x", "y", "z"])[np.arange(n) % 3]
        male = rng.random(n) < np.select([sites == "x", sites == "y"], [0.9, 0.5], 0.1)
        values = made.values + 0.3 * np.select([sites == "x", sites == "y"], [1.0, 0.0], -1.0)[:, None]
        return made, values, sites, np.where(male, "M", "F")

    return plant


@pytest.fixture
def small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forests of few trees, where it does not matter how well they tell."""
    monkeypatch.setattr(model_grid, "TREES", 5)


@pytest.fixture
def sex_score() -> Score:
    """An AUC of 0.9 of sex from voxels, beside the majority's."""
    about = {"experiment": "sex", "cohort": "c", "target": "sex"}
    learned = {"features": "voxels", "model": "logistic_regression"}
    return Score(**about, **learned, metric="auc", value=0.9, baseline="majority", baseline_value=0.5)
