"""A small planted cohort: Gaussian features whose causes are known."""

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold


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
