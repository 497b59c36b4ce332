"""The score's own readers of age and sex: regressions on principal components of brains of one size.

They share neither code nor people with an edit, nor code with the reader that a learned edit carries.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import affine_transform, center_of_mass, gaussian_filter
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV

from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridSpec, get_grid, place

#: finer scans are read at 4 mm. Sensitivity: not measured; readers of brains smoothed by 8 mm see nothing finer
READ_ON = "t1w_48"
#: full width at half maximum of the Gaussian that brains are smoothed by, mm. Sensitivity: not measured
WIDTH_MM = 8.0
#: of the brightest tenth of a brain, what brain is brighter than. Sensitivity: not measured; all people alike
BRAIN_SHARE = 1 / 3
#: principal components, at most. Sensitivity: not measured; the penalties choose among them
COMPONENTS = 60
#: people of each sex, and in all, below which nobody is read. Sensitivity: which tasks have readers
FEWEST = 20
#: penalties that are tried. Sensitivity: not measured; bounds of a search
ALPHAS, STRENGTHS = np.logspace(-2, 5, 15), np.logspace(-5, 0, 6)
#: folds that choose the strength of logistic regression. Sensitivity: not measured
FOLDS = 5


@dataclass(frozen=True)
class LinearReadings:
    """Age and sex as linear models read them from brains that were scaled to one size.

    Attributes:
        grid: of the images.
        brain_ml: that brains are scaled to.
        age: (p + 1,) weights of voxels and the intercept, years.
        sex: (p + 1,) likewise, the logarithm of the odds of being a man.
        count: people learned from.
    """

    grid: GridSpec
    brain_ml: float
    age: np.ndarray
    sex: np.ndarray
    count: int

    @classmethod
    def fit(cls, volumes: np.ndarray, grid: GridSpec, age: np.ndarray, male: np.ndarray) -> "LinearReadings":
        """Learn from scans (n, X, Y, Z) of people of ``age`` (n,) in years and sex ``male`` (n,), 0 or 1.

        Raises:
            UserError: too few people.
        """
        men = int((male > 0.5).sum())
        if len(age) < FEWEST or min(men, len(age) - men) < FOLDS:
            raise UserError(
                f"readers of the score: expected {FEWEST} people and {FOLDS} of each sex to learn from, "
                f"found {len(age) - men} women and {men} men"
            )
        coarse = _coarse(grid)
        brains = [_on(volume, grid, coarse) for volume in volumes]
        brain_ml = float(np.median([_brain_ml(brain, coarse) for brain in brains]))
        voxels = np.stack([_one_size(brain, coarse, brain_ml) for brain in brains])
        components = PCA(min(COMPONENTS, len(voxels) - 1), svd_solver="full").fit(voxels)
        scores = components.transform(voxels)
        logistic = LogisticRegression(solver="newton-cholesky", max_iter=1000)
        strength = GridSearchCV(logistic, {"C": STRENGTHS}, scoring="neg_log_loss", cv=FOLDS)
        sex = strength.fit(scores, (male > 0.5).astype(int)).best_estimator_
        years = RidgeCV(ALPHAS).fit(scores, age)
        return cls(grid, brain_ml, _weights(components, years), _weights(components, sex), len(age))

    def read(self, volumes: np.ndarray) -> dict[str, np.ndarray]:
        """Return age (n,) in years and sex (n,) in log odds of images (n, X, Y, Z)."""
        coarse = _coarse(self.grid)
        voxels = [_one_size(_on(volume, self.grid, coarse), coarse, self.brain_ml) for volume in volumes]
        return {
            name: np.array([row @ weights[:-1] + weights[-1] for row in voxels])
            for name, weights in (("age", self.age), ("sex", self.sex))
        }


def _coarse(grid: GridSpec) -> GridSpec:
    coarse = get_grid(READ_ON)
    return coarse if grid.spacing < coarse.spacing else grid


def _on(volume: np.ndarray, grid: GridSpec, coarse: GridSpec) -> np.ndarray:
    return volume if coarse is grid else place(volume, grid.affine, coarse)


def _brain(volume: np.ndarray) -> np.ndarray:
    return volume > BRAIN_SHARE * np.percentile(volume[volume > 0], 90)


def _brain_ml(volume: np.ndarray, grid: GridSpec) -> float:
    return float(_brain(volume).sum()) * grid.spacing**3 / 1000


def _one_size(volume: np.ndarray, grid: GridSpec, brain_ml: float) -> np.ndarray:
    """Return the voxels (p,) of a brain scaled to ``brain_ml`` about its centre, which is moved to the grid's."""
    brain = _brain(volume)
    step = (_brain_ml(volume, grid) / brain_ml) ** (1 / 3)
    middle = (np.array(grid.shape) - 1) / 2
    offset = np.array(center_of_mass(brain)) - step * middle
    moved = affine_transform(volume, np.full(3, step), offset, order=1)
    smooth: np.ndarray = gaussian_filter(moved, WIDTH_MM / np.sqrt(8 * np.log(2)) / grid.spacing)
    return smooth.ravel().astype(np.float32)


def _weights(components: PCA, regression: RidgeCV | LogisticRegression) -> np.ndarray:
    """Return the weights of voxels, and the intercept last, of a regression on principal components."""
    weights = np.ravel(regression.coef_) @ components.components_
    intercept = float(np.ravel(regression.intercept_)[0]) - float(weights @ components.mean_)
    return np.append(weights, intercept).astype(float)
