"""Regressions of many measures on a design, for people of families."""

import numpy as np
from scipy.sparse import csr_array

from brainaging.pipeline.counterfactual.estimation.family_correlation import intraclass_correlation, less_shared

#: families that share all but this are taken to share no more: their means still tell what their members are alike
#: in. Sensitivity: none; correlations of brains are far below
_MOST_SHARED = 0.999


def least_squares(values: np.ndarray, design: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return coefficients (q, p) of values (n, p) on a design (n, q), rows weighted by ``weights`` (n,)."""
    left = design if weights is None else design * weights[:, None]
    solved: np.ndarray = np.linalg.solve(left.T @ design, left.T.astype(values.dtype) @ values)
    return solved


def shared_by_kin(values: np.ndarray, design: np.ndarray, groups: np.ndarray) -> float:
    """Return the intraclass correlation of what a design (n, q) leaves of values (n, p) in families (n,)."""
    left = values - (design @ least_squares(values, design)).astype(values.dtype)
    return min(intraclass_correlation(left, groups), _MOST_SHARED)


def generalised(values: np.ndarray, design: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return coefficients (q, p) of values (n, p) on a design (n, q), people of families (n,) correlated."""
    correlation = shared_by_kin(values, design, groups)
    return least_squares(less_shared(values, groups, correlation), less_shared(design, groups, correlation))


def family_errors(residuals: np.ndarray, design: np.ndarray, column: int, groups: np.ndarray) -> np.ndarray:
    """Return (g, p) every family's part in the cluster-robust standard errors of a column's coefficients.

    Their sum of squares over families, which are independent, is the coefficients' variance (Liang and Zeger 1986,
    Biometrika 73:13), with the correction for few families that Stata uses.

    Args:
        residuals: (n, p).
        design: (n, q).
        column: of the design.
        groups: (n,) families.
    """
    names, code = np.unique(groups, return_inverse=True)
    pull = design @ np.linalg.inv(design.T @ design)[:, column]
    count, families = len(design), len(names)
    # few families fit a design too well
    correction = np.sqrt((count - 1) / (count - design.shape[1]) * families / (families - 1))
    sums = csr_array((correction * pull, (code, np.arange(count))), shape=(families, count)).astype(
        residuals.dtype
    )
    errors: np.ndarray = sums @ residuals
    return errors
