"""Ridge coefficients of a table's measures: value, interval over families, p of the whole table's independence."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from brainaging.pipeline.maps.importance import Ranked, Target, simultaneous
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.pipeline.stats.exchangeability import group_orders
from brainaging.pipeline.stats.permutation import PENALTY


def coefficients(
    target: Target, orders: np.ndarray, draws: np.ndarray, members: np.ndarray | None = None
) -> Ranked:
    """Return ridge coefficients of standardised columns, averaged over the folds' training people.

    p is of the whole table's independence of the labels, one feature at a time by its coefficient. It says little
    of hundreds of correlated columns: the noise of labels that nothing explains sets the bar, and a coefficient is
    small where neighbours carry the same information. Held-out importance and the differences are what to read.

    Args:
        target: what is predicted, of whom.
        orders: (permutations, k) of :func:`relabellings`.
        draws: (p, replicates) of :func:`resampled_coefficients`.
        members: (p,) structure of each column; with it a structure's root sum of squared coefficients is ranked.
    """
    known, scores = target.known, target.scores
    place = np.full(len(scores), -1)
    place[known] = np.arange(len(known))
    relabelled = scores[known][np.vstack([np.arange(len(known)), orders])].T
    total = np.zeros((len(draws), len(orders) + 1))
    for space in target.spaces:
        rows = place[space.train_idx]
        x = space.train[rows >= 0]
        x = x - x.mean(axis=0)
        y = relabelled[rows[rows >= 0]]
        total += _ridge(x, y - y.mean(axis=0))
    total /= len(target.spaces)
    statistic = _together(total, members)
    null = np.abs(statistic[:, 1:]).max(axis=0)
    p = (1 + (null[None, :] >= np.abs(statistic[:, :1]) - 1e-12).sum(axis=1)) / (1 + len(orders))
    low, high = simultaneous(statistic[:, 0], _together(draws, members))
    if members is not None:
        low = np.maximum(low, 0.0)
    return Ranked(statistic[:, 0], low, high, p)


def relabellings(target: Target, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, k) orders of the k people whose labels are known, whole groups moving together."""
    return group_orders(target.groups[target.known], count, rng)


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return ridge coefficients (p, k) of centred x (n, p) and y (n, k); rows have a mean square norm of 1."""
    kernel = x @ x.T
    kernel[np.diag_indices_from(kernel)] += PENALTY
    return x.T @ cho_solve(cho_factor(kernel), y)


def resampled_coefficients(target: Target, replicates: int, seed: int) -> np.ndarray:
    """Return coefficients (p, replicates) of families drawn with replacement, in the first fold's columns."""
    space, scores, groups = target.spaces[0], target.scores, target.groups
    rows = np.concatenate([space.train_idx, space.test_idx])
    x = np.concatenate([space.train, space.test])
    use = np.isfinite(scores[rows])
    x, y = x[use], scores[rows[use]]
    weights = group_weights(groups[rows[use]], seed, replicates)
    share = len(space.train) / len(x)
    out = np.empty((x.shape[1], replicates))
    for draw, weight in enumerate(weights):
        heavy = weight / weight.sum()
        centred = x - heavy @ x
        # as many people as a training fold has, so that the penalty weighs the same
        scaled = centred * np.sqrt(heavy * len(x) * share)[:, None]
        gram = scaled.T @ scaled
        gram[np.diag_indices_from(gram)] += PENALTY
        right = scaled.T @ ((y - heavy @ y) * np.sqrt(heavy * len(x) * share))
        out[:, draw] = cho_solve(cho_factor(gram), right)
    return out


def _together(coefficient: np.ndarray, members: np.ndarray | None) -> np.ndarray:
    """Return (p, k) as they are, or the root sum of squares over each structure's columns (s, k)."""
    if members is None:
        return coefficient
    out = np.zeros((members.max() + 1, coefficient.shape[1]))
    np.add.at(out, members, coefficient**2)
    return np.sqrt(out)
