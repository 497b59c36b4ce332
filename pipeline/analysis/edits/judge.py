"""Judges that no edit was fitted with: sex and age as linear models read them from a brain, head size given."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import expit
from sklearn.linear_model import Ridge

from brainaging.networks import principal_components
from brainaging.pipeline.analysis.age import choose_alpha
from brainaging.pipeline.analysis.edits.covariates import Covariates
from brainaging.pipeline.analysis.probes import choose_penalty, logistic

COMPONENTS = 300


@dataclass
class Judge:
    """Logistic regression of sex, and ridge regression of age, on principal components with head size taken out.

    Without that a judge of sex is mostly one of head size, and would call every edit that holds it a failure.

    Attributes:
        mask: (X, Y, Z) bool.
        mean, components: (p,) and (k, p) of the training brains.
        size: (2, k), scores by a constant and log head size.
        sex, age: (k + 1,) weights on what is left, and the intercept.
    """

    mask: np.ndarray
    mean: torch.Tensor
    components: torch.Tensor
    size: np.ndarray
    sex: np.ndarray
    age: np.ndarray

    @classmethod
    def fit(
        cls, volumes: np.ndarray, mask: np.ndarray, people: Covariates, groups: np.ndarray, seed: int
    ) -> "Judge":
        """Fit to training scans (n, X, Y, Z); inner folds, which choose penalties, keep ``groups`` (n,) whole."""
        count = min(COMPONENTS, len(volumes) // 2)
        found = principal_components(torch.from_numpy(volumes[:, mask]), count)
        scores = ((torch.from_numpy(volumes[:, mask]) - found.mean) @ found.components.T).numpy()
        rows = np.stack([np.ones(len(people)), np.log(people.head_size)], axis=1)
        size = np.linalg.lstsq(rows, scores, rcond=None)[0]
        left = scores - rows @ size
        # penalties are for scores of a mean square norm of 1
        unit = np.sqrt(np.square(left).sum(axis=1).mean())
        male = (people.male > 0.5).astype(int)
        sex = logistic(choose_penalty(left / unit, male, groups, seed)).fit(left / unit, male)
        age = Ridge(choose_alpha(left / unit, people.age, groups, seed)[0]).fit(left / unit, people.age)
        weights = (
            np.append(sex.coef_[0] / unit, sex.intercept_),
            np.append(age.coef_ / unit, age.intercept_),
        )
        return cls(mask, found.mean, found.components, size, *weights)

    def _features(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        flat = torch.from_numpy(volumes[:, self.mask].astype(np.float32))
        scores = ((flat - self.mean) @ self.components.T).numpy()
        left: np.ndarray = scores - np.stack([np.ones(len(volumes)), np.log(head_size)], axis=1) @ self.size
        return left

    def male(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return P(male) (n,) of brains (n, X, Y, Z) whose heads have ``head_size`` (n,) mL."""
        said: np.ndarray = expit(self._features(volumes, head_size) @ self.sex[:-1] + self.sex[-1])
        return said

    def years(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return ages (n,) in years of brains (n, X, Y, Z)."""
        said: np.ndarray = self._features(volumes, head_size) @ self.age[:-1] + self.age[-1]
        return said
