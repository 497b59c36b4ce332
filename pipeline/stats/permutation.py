"""One permutation test for every claim: are features and labels independent, given the families?

The test refits a model for every relabelling, so nothing is borrowed from the true labels. Refitting is cheap
because the model is a ridge regression on the fold's sample space with a penalty fixed without looking at
labels: its predictions are one matrix H (test by train) times the labels, computed once for all relabellings.
Of more than :data:`~brainaging.networks.linear.leading_space.MOST_ROWS` training rows H stays in its factors, of
rows by columns; relabelled labels are made a block of relabellings at a time.
The p-value is that of the ridge model's own out-of-fold statistic, not of the logistic regression whose scores
stand beside it; both ask whether the features tell anything about the labels.

Who may stand in for whom is in :mod:`brainaging.pipeline.stats.exchangeability`: whole groups of equal size change
places (:func:`~brainaging.pipeline.stats.exchangeability.group_orders`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.stats import rankdata

from brainaging.networks.linear.leading_space import MOST_ROWS
from brainaging.networks.linear.row_blocks import row_blocks
from brainaging.pipeline.stats.exchangeability import group_orders
from brainaging.pipeline.stats.sample_space import FoldSpace

#: Sensitivity: p of 0.05 has a standard error of 0.007 (0.015 of 200)
PERMUTATIONS = 1000
# scores have a mean square norm of 1, so the Gram matrix's mean eigenvalue is 1 and this a tenth of it.
# Sensitivity: p is valid under any penalty that no label chose; power alone depends on it
PENALTY = 0.1


@dataclass(frozen=True)
class PermutationTest:
    """Outcome: p = (1 + relabellings at least as good) / (1 + relabellings), the statistic's name and value."""

    p: float
    statistic: str
    value: float
    reason: str = ""


def permutation_test(
    spaces: Sequence[FoldSpace],
    labels: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> PermutationTest:
    """Test independence of features and labels over the folds.

    The statistic is the AUC for two classes, the mean one-against-rest AUC for more, and for years Pearson's r;
    all compare subjects inside a fold only.

    Args:
        spaces: sample space of every fold.
        labels: (n,) text for classes ("" unknown) or float years (NaN unknown), for every cohort row.
        groups: (n,) group of every row; all ones and twos swap among themselves only.
        rng: source of the relabellings.
        permutations: number of relabellings.

    Returns:
        the outcome; NaN p with a reason where fewer than two classes or two ages are known.
    """
    years = labels.dtype.kind == "f"
    known = np.isfinite(labels) if years else labels != ""
    rows = np.flatnonzero(known)
    values = np.unique(labels[rows])
    if len(values) < 2:
        return PermutationTest(np.nan, "", np.nan, f"{len(values)} different labels among {len(rows)} subjects")
    base = labels[rows] if years else (labels[rows][:, None] == values).astype(float)
    orders = np.vstack([np.arange(len(rows), dtype=np.int32), group_orders(groups[rows], permutations, rng)])
    place = np.full(len(labels), -1)
    place[rows] = np.arange(len(rows))
    top, bottom = np.zeros(len(orders)), np.zeros(len(orders))
    columns: Sequence[int] = [0] if years else ([1] if len(values) == 2 else range(len(values)))
    for column in columns:
        target = base if years else base[:, column]
        part_top, part_bottom = np.zeros(len(orders)), np.zeros(len(orders))
        for space in spaces:
            gain, bottom_gain = _fold_statistic(space, place, target, orders, years)
            part_top, part_bottom = part_top + gain, part_bottom + bottom_gain
        usable = part_bottom > 0
        top += np.where(usable, part_top / np.where(usable, part_bottom, 1.0), 0.0)
        bottom += usable
    if not bottom[0]:
        return PermutationTest(np.nan, "", np.nan, "no fold holds two different labels")
    statistic = np.where(bottom > 0, top / np.maximum(bottom, 1), -np.inf)
    # a tie is counted against the claim; rounding must not undo it
    reached = int((statistic[1:] >= statistic[0] - 1e-12).sum())
    name = "r" if years else "auc"
    return PermutationTest((1 + reached) / (1 + permutations), name, float(statistic[0]))


def _fold_statistic(
    space: FoldSpace, place: np.ndarray, target: np.ndarray, orders: np.ndarray, years: bool
) -> tuple[np.ndarray, np.ndarray]:
    train, test = place[space.train_idx], place[space.test_idx]
    fit, ahead = space.train[train >= 0], space.test[test >= 0]
    train, test = train[train >= 0], test[test >= 0]
    if len(train) < 2 or len(test) < 2:
        return np.zeros(len(orders)), np.zeros(len(orders))
    mean = fit.mean(axis=0)
    predict = _ridge(fit - mean, ahead - mean)
    parts = []
    for block in row_blocks(len(orders), 8 * len(train)):
        fitted = target[orders[block][:, train]].T
        # centring the labels per relabelling is the unpenalised intercept; H's own constant cancels inside a fold
        guess = predict(fitted - fitted.mean(axis=0))
        # inside a fold the order of rounding-equal guesses carries nothing
        parts.append(_statistic(np.round(guess, 12), target[orders[block][:, test]].T, years))
    gains, bottoms = zip(*parts, strict=True)
    return np.concatenate(gains), np.concatenate(bottoms)


def _ridge(fit: np.ndarray, ahead: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return what predicts (m, b) from labels (n, b) about their means: rows (n, r) to fit to, and (m, r)."""
    if len(fit) > MOST_ROWS and fit.shape[1] < len(fit):
        # (F Fᵀ + λ)⁻¹ F = F (Fᵀ F + λ)⁻¹: as many rows and columns as there are features
        products = fit.T @ fit
        products[np.diag_indices_from(products)] += PENALTY
        weights = cho_solve(cho_factor(products), ahead.T).T
        return lambda labels: weights @ (fit.T @ labels)
    kernel = fit @ fit.T
    kernel[np.diag_indices_from(kernel)] += PENALTY
    hat = cho_solve(cho_factor(kernel), fit @ ahead.T).T
    return lambda labels: hat @ labels


def _statistic(guess: np.ndarray, truth: np.ndarray, years: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return top and bottom (b,) of a fold's statistic, by guesses and labels (m, b)."""
    count = len(truth)
    if years:
        truth = truth - truth.mean(axis=0)
        guess = guess - guess.mean(axis=0)
        spread = np.sqrt((truth**2).sum(axis=0) * (guess**2).sum(axis=0))
        usable = spread > 1e-12
        r = np.where(usable, (truth * guess).sum(axis=0) / np.where(usable, spread, 1.0), 0.0)
        return r * count, np.where(usable, float(count), 0.0)
    ranks = rankdata(guess, axis=0)
    ones = truth.sum(axis=0)
    pairs = ones * (count - ones)
    return (ranks * truth).sum(axis=0) - ones * (ones + 1) / 2, pairs
