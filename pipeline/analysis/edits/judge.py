"""Judges that no edit was fitted with: sex and age as linear models read them from a brain, head size given."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import expit
from sklearn.linear_model import Ridge

from brainaging.networks import principal_components
from brainaging.pipeline.analysis.age import choose_alpha
from brainaging.pipeline.analysis.edits.covariates import AGE, HEAD_SIZE, SEX, Covariates, Design
from brainaging.pipeline.analysis.edits.effects import least_squares
from brainaging.pipeline.analysis.head_size_audit import rescaled
from brainaging.pipeline.analysis.probes import choose_penalty, logistic


@dataclass
class Judge:
    """Logistic regression of sex, and ridge regression of age, on the voxels of heads scaled to one size.

    A judge of sex that sees head size is mostly one of head size, and would call every edit that holds it a
    failure. Scaling takes it out, and what is left of it in the voxels goes by their slope on head size among
    people of one sex and age: their plain slope on head size is mostly sex, and would take sex along.

    Attributes:
        mask: (X, Y, Z) bool.
        log_size: that heads are scaled to.
        sex, age: (p + 2,) weights of the voxels in the mask and of log head size about ``log_size``, and the
            intercept.
    """

    mask: np.ndarray
    log_size: float
    sex: np.ndarray
    age: np.ndarray

    @classmethod
    def fit(
        cls, volumes: np.ndarray, mask: np.ndarray, people: Covariates, groups: np.ndarray, seed: int
    ) -> "Judge":
        """Fit to training scans (n, X, Y, Z); inner folds, which choose penalties, keep ``groups`` (n,) whole.

        Raises:
            UserError: people of one sex, one age or one head size.
        """
        design = Design.of(people, (AGE, SEX, HEAD_SIZE))
        voxels = _one_size(volumes, people.head_size, design.log_size)[:, mask]
        slope = least_squares(voxels, design.matrix(people))[design.columns().index(HEAD_SIZE)]
        away = np.log(people.head_size) - design.log_size
        left = torch.from_numpy(voxels - np.outer(away, slope).astype(np.float32))
        # every direction in which training scans differ: sex lies in the narrow ones too
        found = principal_components(left, len(left) - 1)
        scores = ((left - found.mean) @ found.components.T).numpy()
        # penalties are for scores of a mean square norm of 1
        unit = float(np.sqrt(np.square(scores).sum(axis=1).mean()))
        male = (people.male > 0.5).astype(int)
        sex = logistic(choose_penalty(scores / unit, male, groups, seed)).fit(scores / unit, male)
        age = Ridge(choose_alpha(scores / unit, people.age, groups, seed)[0]).fit(scores / unit, people.age)

        def on_voxels(weights: np.ndarray, constant: float) -> np.ndarray:
            full = (weights / unit) @ found.components.numpy()
            return np.concatenate([full, [-full @ slope, constant - full @ found.mean.numpy()]])

        return cls(
            mask,
            design.log_size,
            on_voxels(sex.coef_[0], float(sex.intercept_[0])),
            on_voxels(age.coef_, float(age.intercept_)),
        )

    def male(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return P(male) (n,) of brains (n, X, Y, Z) whose heads have ``head_size`` (n,) mL."""
        said: np.ndarray = expit(self._said(self.sex, volumes, head_size))
        return said

    def years(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return ages (n,) in years of brains (n, X, Y, Z)."""
        return self._said(self.age, volumes, head_size)

    def _said(self, weights: np.ndarray, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        voxels = _one_size(volumes, head_size, self.log_size)[:, self.mask]
        away = np.log(head_size) - self.log_size
        said: np.ndarray = voxels @ weights[:-2] + away * weights[-2] + weights[-1]
        return said


def _one_size(volumes: np.ndarray, head_size: np.ndarray, log_size: float) -> np.ndarray:
    """Return volumes (n, X, Y, Z) with every head scaled to exp(``log_size``) mL."""
    scales = np.exp((log_size - np.log(head_size)) / 3)
    return np.concatenate(
        [rescaled(volume[None], float(scale)) for volume, scale in zip(volumes, scales, strict=True)]
    )
