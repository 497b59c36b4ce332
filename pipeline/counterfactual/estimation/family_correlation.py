"""Generalised least squares for people of families: what kin share is taken out before a fit.

A measure of person i of family f is y = xβ + u_f + e: kin share u_f, so that their differences say more of β than
how families differ. With the intraclass correlation ρ = var(u) / (var(u) + var(e)), rows less the share

    θ_m = 1 − √((1 − ρ) / (1 + (m − 1) ρ))

of the mean of their family of m have uncorrelated errors of equal variance, so that ordinary least squares on them
is generalised least squares on the rows (Fuller and Battese 1973, J Am Stat Assoc 68:626). A family is whatever
shares more than chance: kin, a person's sessions, the simulated people of one anatomy.
"""

import numpy as np


def intraclass_correlation(residuals: np.ndarray, groups: np.ndarray) -> float:
    """Return ρ of residuals (n, p), pooled over the p measures by their variance; 0 where nobody shares a group.

    By the analysis of variance (Donner 1986, Int Stat Rev 54:67), not below 0.

    Args:
        residuals: (n, p) of a fit that holds a constant.
        groups: (n,) families.
    """
    names, code, counts = np.unique(groups, return_inverse=True, return_counts=True)
    people, families = len(groups), len(names)
    if families in (1, people):
        return 0.0
    means = family_means(residuals, groups)[np.unique(code, return_index=True)[1]]
    within = float(np.square(residuals, dtype=float).sum() - (counts @ np.square(means, dtype=float)).sum())
    centred = means - (counts @ means) / people
    between = float((counts @ np.square(centred, dtype=float)).sum()) / (families - 1)
    within /= people - families
    # members of a family of typical size, where families are not alike
    typical = (people - float(np.square(counts).sum()) / people) / (families - 1)
    total = between + (typical - 1) * within
    return float(np.clip((between - within) / total, 0.0, 1.0)) if total > 0 else 0.0


def family_means(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return, for every row of values (n, …), the mean of its group's rows, (n, …)."""
    names, code, counts = np.unique(groups, return_inverse=True, return_counts=True)
    flat = np.reshape(values, (len(values), -1))
    sums = np.zeros((len(names), flat.shape[1]), dtype=flat.dtype)
    np.add.at(sums, code, flat)
    means: np.ndarray = (sums / counts[:, None].astype(flat.dtype))[code].reshape(np.shape(values))
    return means


def less_shared(values: np.ndarray, groups: np.ndarray, correlation: float) -> np.ndarray:
    """Return values (n, …) less the share θ of their family's mean: of a design and of what is regressed on it.

    Args:
        values: (n, …) rows of people, unweighted.
        groups: (n,) families.
        correlation: ρ, from 0, which changes nothing, to below 1.

    Raises:
        ValueError: a correlation outside.
    """
    if not 0 <= correlation < 1:
        raise ValueError(f"intraclass correlation: expected 0 to below 1, got {correlation}")
    if correlation == 0:
        return values
    _, code, counts = np.unique(groups, return_inverse=True, return_counts=True)
    share = 1 - np.sqrt((1 - correlation) / (1 + (counts - 1) * correlation))
    by_row = share[code].reshape(-1, *[1] * (np.ndim(values) - 1)).astype(values.dtype)
    left: np.ndarray = values - by_row * family_means(values, groups)
    return left
