"""A reader of edited brains: sex and age as linear models read them from a brain whose head size is given."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import orth
from scipy.ndimage import gaussian_filter
from scipy.special import expit
from sklearn.linear_model import Ridge

from brainaging.networks import principal_components
from brainaging.networks.linear.leading_space import most_components
from brainaging.pipeline.counterfactual.cohort_alignment import REACH_MM
from brainaging.pipeline.counterfactual.covariates import HEAD_SIZE, Covariates, Design
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import counted
from brainaging.pipeline.stats.age_regression import choose_alpha
from brainaging.pipeline.stats.probes import choose_penalty, logistic
from brainaging.transforms import GridSpec, origin_voxel, scale_head, template_mask

#: full width at half maximum of the Gaussian that brains are smoothed by: 12 mm, as voxel-based morphometry
#: smooths (Ashburner and Friston 2000, NeuroImage 11:805). Sensitivity: with 0 a sex that shows in sharpness
#: alone is read (a test holds that); between, not measured
FWHM_MM = 12.0
#: of a Gaussian, by its standard deviation
FWHM_BY_SD = float(np.sqrt(8 * np.log(2)))
#: scans on which a little more size and smoothness are averaged. Sensitivity: not measured; a mean over 48
SHOWN = 48
#: how much more: 5 % in volume (log), and 1 mm of width. Sensitivity: only the direction of the change is used,
#: and it is a derivative's as long as the step is small
LARGER, SMOOTHER_MM = 0.05, 1.0


@dataclass
class SexAgeReader:
    """Logistic regression of sex, and ridge regression of age, on the voxels of heads scaled to one size.

    A reader of sex that sees head size mostly reads head size, and would call every edit that holds it a failure.
    Regressing voxels on head size is no help: where the sexes differ in it, sex goes along. Heads are scaled about
    the origin of their space, as they differ: about another point they would move by their size. They are scaled
    as far as tissue follows the measured head size in people of one age and sex: a measure that is held back, as
    smooth alignment's is, would leave some of the size in place. And they are smoothed, as voxels are before they
    are compared over people (Ashburner and Friston 2000, NeuroImage 11:805): what was enlarged is less sharp than
    what was made smaller, so that sharpness tells size, and by it sex. And they are made symmetric: what age and
    sex change is nearly alike on both sides, and a person's own asymmetry is noise. What is left of size, and of
    sharpness along each axis, is taken out of the voxels: the directions in which a little more of it moves them
    on average (tangents: Simard et al. 1991, NeurIPS 4).

    It tells something about an edit only where it was fitted to other people than the edit.

    Attributes:
        grid: of the brains.
        log_size: that heads are scaled to.
        slope: of log tissue volume on log head size, age and sex given.
        sex, age: (p + 1,) weights of the voxels in and around the template's brain, and the intercept.
    """

    grid: GridSpec
    log_size: float
    slope: float
    sex: np.ndarray
    age: np.ndarray

    @classmethod
    def fit(
        cls, volumes: np.ndarray, grid: GridSpec, people: Covariates, families: np.ndarray, seed: int
    ) -> "SexAgeReader":
        """Fit to training scans (n, X, Y, Z); inner folds, which choose penalties, keep ``families`` (n,) whole.

        Raises:
            UserError: as :meth:`Design.of`, people of one sex among others.
        """
        design = Design.of(people)
        male = (people.male > 0.5).astype(int)
        tissue = np.log(head_sizes(volumes, grid.spacing))[:, None]
        slopes = least_squares(tissue, design.matrix(people))[:, 0]
        slope = float(slopes[design.columns().index(HEAD_SIZE)])
        scales = _scales(people.head_size, design.log_size, slope)
        smooth, tangents = _smooth_voxels(volumes, grid, scales), _size_and_sharpness(volumes, grid, scales)
        # principal components of what is left, and so the weights, have no part of them
        voxels = torch.from_numpy(smooth - (smooth @ tangents) @ tangents.T)
        # every direction in which training scans differ: sex lies in the narrow ones too
        axes = principal_components(voxels, most_components(len(voxels)))
        scores = ((voxels - axes.mean) @ axes.components.T).numpy()
        # penalties are for scores of a mean square norm of 1
        unit = float(np.sqrt(np.square(scores).sum(axis=1).mean()))
        sex = logistic(choose_penalty(scores / unit, male, families, seed)).fit(scores / unit, male)
        age = Ridge(choose_alpha(scores / unit, people.age, families, seed)[0]).fit(scores / unit, people.age)

        def on_voxels(weights: np.ndarray, constant: float) -> np.ndarray:
            full = (weights / unit) @ axes.components.numpy()
            return np.append(full, constant - full @ axes.mean.numpy())

        return cls(
            grid,
            design.log_size,
            slope,
            on_voxels(sex.coef_[0], float(sex.intercept_[0])),
            on_voxels(age.coef_, float(age.intercept_)),
        )

    def probability_male(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return P(male) (n,) of brains (n, X, Y, Z) whose heads have ``head_size`` (n,) mL."""
        probability: np.ndarray = expit(self._linear(self.sex, volumes, head_size))
        return probability

    def years(self, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        """Return ages (n,) in years of brains (n, X, Y, Z)."""
        return self._linear(self.age, volumes, head_size)

    def _linear(self, weights: np.ndarray, volumes: np.ndarray, head_size: np.ndarray) -> np.ndarray:
        voxels = _smooth_voxels(volumes, self.grid, _scales(head_size, self.log_size, self.slope))
        values: np.ndarray = voxels @ weights[:-1] + weights[-1]
        return values


def _scales(head_size: np.ndarray, log_size: float, slope: float) -> np.ndarray:
    """Return (n,) by how much heads of ``head_size`` (n,) mL are enlarged along each axis to be of one size."""
    scales: np.ndarray = np.exp(slope * (log_size - np.log(head_size)) / 3)
    return scales


def _size_and_sharpness(volumes: np.ndarray, grid: GridSpec, scales: np.ndarray) -> np.ndarray:
    """Return (p, up to 4) orthonormal: what a larger head, and one smoother along an axis, change on average."""
    shown = np.linspace(0, len(volumes) - 1, min(SHOWN, len(volumes))).round().astype(int)
    scans, scales = volumes[shown], scales[shown]
    plain = _smooth_voxels(scans, grid, scales)
    altered = [_smooth_voxels(scans, grid, scales * np.exp(LARGER / 3))]
    altered += [_smooth_voxels(scans, grid, scales, wider) for wider in np.eye(3) * SMOOTHER_MM]
    tangents: np.ndarray = orth(np.stack([(voxels - plain).mean(axis=0) for voxels in altered], axis=1))
    return tangents


def _smooth_voxels(
    volumes: np.ndarray, grid: GridSpec, scales: np.ndarray, wider_mm: np.ndarray | float = 0.0
) -> np.ndarray:
    """Return the voxels (n, p) of volumes (n, X, Y, Z), heads enlarged by ``scales`` (n,), smooth, symmetric."""
    mask = template_mask(grid, dilate_mm=REACH_MM)
    width = (FWHM_MM + wider_mm * np.ones(3)) / FWHM_BY_SD / grid.spacing
    rows = []
    pairs = zip(volumes, scales, strict=True)
    for volume, scale in counted(pairs, "smoothing scans for a reader", len(volumes), announce=False):
        head = volume if np.isclose(scale, 1) else scale_head(volume, float(scale), origin_voxel(grid))
        smooth = gaussian_filter(head, width)
        # the first axis of a grid runs left to right about the middle
        rows.append((smooth + smooth[::-1])[mask] / 2)
    return np.stack(rows).astype(np.float32)
