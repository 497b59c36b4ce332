"""Ridge coefficients of a table's measures: value, interval over families, p of the whole table's independence."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from brainaging.pipeline.maps.importance import Level, Ranked, Resampling, Target, simultaneous
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.pipeline.stats.exchangeability import group_orders
from brainaging.pipeline.stats.permutation import PENALTY


def coefficients(
    target: Target, levels: Sequence[Level], rngs: Sequence[np.random.Generator], resampling: Resampling
) -> list[Ranked]:
    """Return ridge coefficients of standardised columns, averaged over the folds' training people, at every level.

    A structure has the root sum of squares of its columns'. p is of the whole table's independence of the labels,
    one feature at a time by its coefficient. It says little of hundreds of correlated columns: the noise of labels
    that nothing explains sets the bar, and a coefficient is small where neighbours carry the same information.
    Held-out importance and the differences are what to read.

    Args:
        target: what is predicted, of whom.
        levels: what is ranked.
        rngs: of each level's relabellings.
        resampling: relabellings and bootstrap draws.
    """
    draws = _resampled(target, resampling)
    return [
        _ranked(target, level, rng, resampling.permutations, draws)
        for level, rng in zip(levels, rngs, strict=True)
    ]


def _ranked(
    target: Target, level: Level, rng: np.random.Generator, permutations: int, draws: np.ndarray
) -> Ranked:
    known, scores = target.known, target.scores
    place = np.full(len(scores), -1)
    place[known] = np.arange(len(known))
    orders = np.vstack([np.arange(len(known)), group_orders(target.groups[known], permutations, rng)])
    relabelled = scores[known][orders].T
    total = np.zeros((len(draws), len(orders)))
    for space in target.spaces:
        rows = place[space.train_idx]
        x = space.train[rows >= 0]
        x = x - x.mean(axis=0)
        y = relabelled[rows[rows >= 0]]
        total += _ridge(x, y - y.mean(axis=0))
    total /= len(target.spaces)
    statistic = _together(total, level)
    null = np.abs(statistic[:, 1:]).max(axis=0)
    p = (1 + (null[None, :] >= np.abs(statistic[:, :1]) - 1e-12).sum(axis=1)) / (1 + permutations)
    low, high = simultaneous(statistic[:, 0], _together(draws, level))
    return Ranked(statistic[:, 0], low if level.is_single else np.maximum(low, 0.0), high, p)


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return ridge coefficients (p, k) of centred x (n, p) and y (n, k); rows have a mean square norm of 1."""
    kernel = x @ x.T
    kernel[np.diag_indices_from(kernel)] += PENALTY
    return x.T @ cho_solve(cho_factor(kernel), y)


def _resampled(target: Target, resampling: Resampling) -> np.ndarray:
    """Return coefficients (p, replicates) of families drawn with replacement, in the first fold's columns."""
    space, scores, groups = target.spaces[0], target.scores, target.groups
    rows = np.concatenate([space.train_idx, space.test_idx])
    x = np.concatenate([space.train, space.test])
    use = np.isfinite(scores[rows])
    x, y = x[use], scores[rows[use]]
    weights = group_weights(groups[rows[use]], resampling.seed, resampling.replicates)
    share = len(space.train) / len(x)
    out = np.empty((x.shape[1], resampling.replicates))
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


def _together(coefficient: np.ndarray, level: Level) -> np.ndarray:
    """Return (p, k) as they are, or the root sum of squares over each structure's columns (s, k)."""
    if level.is_single:
        return coefficient
    out = np.zeros((level.members.max() + 1, coefficient.shape[1]))
    np.add.at(out, level.members, coefficient**2)
    return np.sqrt(out)
