"""Age in years from a table: ridge, boosting and kernel ridge, each corrected for bias inside the fold."""

from collections.abc import Callable, Sequence
from typing import Protocol, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge

from brainaging.pipeline.stats.age_regression import AgePredictions, Fitted, bias_line, out_of_fold, regress
from brainaging.pipeline.stats.model_choice import age_folds, choose, inner_predictions
from brainaging.pipeline.stats.sample_space import FoldSpace

#: (alpha, gamma) of the radial kernel exp(−γ d²). Rows have a mean square norm of 1, so that d² of two people is
#: about 2 and the kernel of strangers spans 0.82 to 0.14; alpha in half decades
KERNELS = tuple((alpha, gamma) for alpha in (0.003, 0.01, 0.03, 0.1) for gamma in (0.1, 0.3, 1.0))


class Regressor(Protocol):
    """What scikit-learn's regressors do."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Self:
        """Fit to rows (n, p) and years (n,)."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return years (m,) of rows (m, p)."""


Build = Callable[[np.ndarray, np.ndarray, np.ndarray, int], Regressor]


def regress_table(
    spaces: Sequence[FoldSpace], years: np.ndarray, groups: np.ndarray, seed: int
) -> dict[str, AgePredictions]:
    """Return out-of-fold years by every model of this module: "ridge", "gradient_boosting", "kernel_ridge".

    Args:
        spaces: folds of standardised columns.
        years: (n,) exact ages, NaN where unknown.
        groups: (n,) group of every row.
        seed: of the inner folds and of boosting.
    """
    return {name: regress_by(name, spaces, years, groups, seed) for name in YEAR_MODELS}


def regress_by(
    model: str, spaces: Sequence[FoldSpace], years: np.ndarray, groups: np.ndarray, seed: int
) -> AgePredictions:
    """Return out-of-fold years by one of :data:`YEAR_MODELS`."""
    if model == "ridge":
        return regress(spaces, years, groups, seed)
    return regress_with(_BUILDERS[model], spaces, years, groups, seed)


def regress_with(
    build: Build, spaces: Sequence[FoldSpace], years: np.ndarray, groups: np.ndarray, seed: int
) -> AgePredictions:
    """Return out-of-fold years by one model, raw and corrected as ``age_regression.regress`` does.

    The bias line comes from predictions of grouped inner folds of the training fold. ``build(x, y, groups, seed)``
    returns an unfitted model, its settings chosen on what it is given.
    """

    def fit(x: np.ndarray, y: np.ndarray, own: np.ndarray) -> Fitted:
        def predicted(rows: np.ndarray, tested: np.ndarray) -> np.ndarray:
            return build(x[rows], y[rows], own[rows], seed).fit(x[rows], y[rows]).predict(x[tested])

        line = bias_line(inner_predictions(predicted, age_folds(y, own, seed), len(y)), y)
        return build(x, y, own, seed).fit(x, y).predict, line

    return out_of_fold(fit, spaces, years, groups)


def _boosting(x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> Regressor:
    # small trees, slowly and on a third of the columns each: hundreds of correlated columns, a weak signal; fixed
    # beforehand and chosen on nobody
    return HistGradientBoostingRegressor(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=8,
        l2_regularization=1.0,
        max_features=0.3,
        random_state=seed,
    )


class _Centred(RegressorMixin):
    """A regressor without an intercept, on centred years."""

    def __init__(self, model: KernelRidge) -> None:
        self.model = model
        self.mean = 0.0

    def fit(self, x: np.ndarray, y: np.ndarray) -> Self:
        self.mean = float(y.mean())
        self.model.fit(x, y - self.mean)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict(x)) + self.mean


def _kernel_ridge(x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int) -> Regressor:
    """Return kernel ridge with a radial kernel, its penalty and width chosen on grouped inner folds."""

    def model(kernel: tuple[float, float]) -> _Centred:
        return _Centred(KernelRidge(kernel="rbf", alpha=kernel[0], gamma=kernel[1]))

    def loss(kernel: tuple[float, float], fit: np.ndarray, test: np.ndarray) -> float:
        return float(((model(kernel).fit(x[fit], y[fit]).predict(x[test]) - y[test]) ** 2).sum())

    # a fold too small to choose takes the largest penalty
    return model(choose(KERNELS, age_folds(y, groups, seed), loss, KERNELS[-1]))


_BUILDERS: dict[str, Build] = {"gradient_boosting": _boosting, "kernel_ridge": _kernel_ridge}
#: models of age in years
YEAR_MODELS = ("ridge", *_BUILDERS)
