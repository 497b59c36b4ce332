"""Which measures tell sex and age: coefficients and held-out permutation importance, by column and by structure.

Neighbouring regions, both hemispheres and several measures of one region carry the same information, so a single
column's importance is shared out among them: the structure, all its columns together, is the level to read.
Intervals and p are corrected for the number of features: intervals hold for all features at once (max-t bootstrap
over families), and p comes from the largest statistic over all features under relabelling by whole families.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import cho_factor, cho_solve
from scipy.special import log_softmax
from sklearn.linear_model import Ridge

from brainaging.pipeline.stats.age_regression import choose_alpha
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.pipeline.stats.exchangeability import group_orders
from brainaging.pipeline.stats.out_of_fold import class_codes
from brainaging.pipeline.stats.permutation import PENALTY
from brainaging.pipeline.stats.probes import choose_penalty, logistic
from brainaging.pipeline.stats.sample_space import FoldSpace

#: shuffles of a feature among a fold's test people. Sensitivity: their noise falls with the root of their number,
#: and what people and folds add to it does not; time grows in proportion
SHUFFLES = 10
COLUMNS = (
    "target",
    "level",
    "name",
    "structure",
    "hemisphere",
    "measure",
    "atlas",
    "kind",
    "value",
    "ci_low",
    "ci_high",
    "p_fwe",
    "planted",
)


@dataclass(frozen=True)
class Ranked:
    """Importance of the features of one level by one method: value, simultaneous interval and family-wise p."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray


def structures(columns: pd.DataFrame) -> tuple[list[tuple[str, str]], np.ndarray]:
    """Return the structures (atlas, structure), hemispheres together, and each column's number among them (p,)."""
    keys = list(zip(columns["atlas"], columns["structure"], strict=True))
    names = sorted(set(keys))
    return names, np.array([names.index(key) for key in keys])


def coefficients(
    spaces: Sequence[FoldSpace],
    scores: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
    *,
    members: np.ndarray | None = None,
    permutations: int,
    replicates: int,
    seed: int,
) -> Ranked:
    """Return ridge coefficients of standardised columns, averaged over the folds' training people.

    p is of the whole table's independence of the labels, one feature at a time by its coefficient. It says little
    of hundreds of correlated columns: the noise of labels that nothing explains sets the bar, and a coefficient is
    small where neighbours carry the same information. Held-out importance and the differences are what to read.

    Args:
        spaces: folds of standardised columns.
        scores: (n,) what is predicted, as a number (−½ and ½, years, bracket's place); NaN where unknown.
        groups: (n,) group of every row: relabelling and bootstrap move whole groups.
        rng: of the relabellings.
        members: (p,) structure of each column; with it a structure's root sum of squared coefficients is ranked.
        permutations: relabellings.
        replicates: bootstrap draws.
        seed: of the bootstrap.
    """
    known = np.flatnonzero(np.isfinite(scores))
    place = np.full(len(scores), -1)
    place[known] = np.arange(len(known))
    orders = np.vstack([np.arange(len(known)), group_orders(groups[known], permutations, rng)])
    relabelled = scores[known][orders].T
    total = np.zeros((spaces[0].train.shape[1], len(orders)))
    for space in spaces:
        rows = place[space.train_idx]
        x = space.train[rows >= 0]
        x = x - x.mean(axis=0)
        y = relabelled[rows[rows >= 0]]
        total += _ridge(x, y - y.mean(axis=0))
    total /= len(spaces)
    statistic = _together(total, members)
    null = np.abs(statistic[:, 1:]).max(axis=0)
    p = (1 + (null[None, :] >= np.abs(statistic[:, :1]) - 1e-12).sum(axis=1)) / (1 + permutations)
    draws = _resampled(spaces, scores, groups, replicates, seed)
    low, high = simultaneous(statistic[:, 0], _together(draws, members))
    if members is not None:
        low = np.maximum(low, 0.0)
    return Ranked(statistic[:, 0], low, high, p)


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return ridge coefficients (p, k) of centred x (n, p) and y (n, k); rows have a mean square norm of 1."""
    kernel = x @ x.T
    kernel[np.diag_indices_from(kernel)] += PENALTY
    return x.T @ cho_solve(cho_factor(kernel), y)


def _resampled(
    spaces: Sequence[FoldSpace], scores: np.ndarray, groups: np.ndarray, replicates: int, seed: int
) -> np.ndarray:
    """Return coefficients (p, replicates) of families drawn with replacement, in the first fold's columns."""
    space = spaces[0]
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


def simultaneous(value: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 95 % intervals (f,), (f,) that hold for all features at once, from bootstrap draws (f, r).

    value ± q · SE, where q is the 95th percentile over draws of the largest |draw − mean| / SE (Romano and Wolf
    2005).
    """
    error = draws.std(axis=1, ddof=1)
    usable = error > 1e-12
    if not usable.any():
        return np.full_like(value, np.nan), np.full_like(value, np.nan)
    away = np.abs(draws[usable] - draws[usable].mean(axis=1, keepdims=True)) / error[usable, None]
    reach = np.quantile(away.max(axis=0), 0.95) * error
    return value - reach, value + reach


def held_out(
    spaces: Sequence[FoldSpace],
    labels: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
    *,
    members: np.ndarray,
    replicates: int,
    seed: int,
) -> Ranked:
    """Return how much worse held-out people are predicted when a feature is shuffled among them (Breiman 2001).

    The increase of the loss (log loss of logistic regression for classes, squared error of ridge for years), all
    columns of a feature shuffled together, averaged over shuffles, people and folds.

    Args:
        spaces: folds of standardised columns.
        labels: (n,) class names ("" unknown) or years (NaN unknown).
        groups: (n,) group of every row.
        rng: of the shuffles.
        members: (p,) feature of each column: structures, or 0…p−1 for single columns.
        replicates: bootstrap draws of families.
        seed: of the bootstrap and of inner folds.
    """
    years = labels.dtype.kind == "f"
    codes = labels if years else class_codes(labels)[1]
    known = np.isfinite(codes) if years else codes >= 0
    count = int(members.max()) + 1
    parts, rows = [], []
    for space in spaces:
        train, test = known[space.train_idx], known[space.test_idx]
        x, y = space.train[train], codes[space.train_idx[train]]
        if len(np.unique(y)) < 2 or not test.any():
            continue
        ahead, truth = space.test[test], codes[space.test_idx[test]]
        weights, offset, seen = _fit(x, y, groups[space.train_idx[train]], seed, years)
        scored = np.isin(truth, seen) if not years else np.ones(len(truth), dtype=bool)
        ahead, truth = ahead[scored], truth[scored]
        place = None if years else np.searchsorted(seen, truth)
        base = ahead @ weights + offset
        loss = _loss(base, truth, place)
        worse = np.zeros((len(truth), count))
        for _ in range(SHUFFLES):
            order = rng.permutation(len(truth))
            moved = ahead[order] - ahead
            for feature in range(count):
                mine = members == feature
                worse[:, feature] += _loss(base + moved[:, mine] @ weights[mine], truth, place) - loss
        parts.append(worse / SHUFFLES)
        rows.append(space.test_idx[test][scored])
    if not parts:
        nothing = np.full(count, np.nan)
        return Ranked(nothing, nothing, nothing, nothing)
    increase, index = np.concatenate(parts), np.concatenate(rows)
    draws = group_weights(groups[index], seed, replicates)
    resampled = (draws @ increase / draws.sum(axis=1, keepdims=True)).T
    value = increase.mean(axis=0)
    low, high = simultaneous(value, resampled)
    error = resampled.std(axis=1, ddof=1)
    safe = np.where(error > 1e-12, error, np.inf)
    largest = ((resampled - resampled.mean(axis=1, keepdims=True)) / safe[:, None]).max(axis=0)
    p = (1 + (largest[None, :] >= (value / safe)[:, None]).sum(axis=1)) / (1 + replicates)
    return Ranked(value, low, high, p)


def _fit(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, seed: int, years: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weights (p, K) and offsets (K,) of a linear model, and the classes of its columns."""
    if years:
        line = Ridge(choose_alpha(x, y, groups, seed)[0]).fit(x, y)
        return line.coef_[:, None], np.atleast_1d(line.intercept_), np.empty(0)
    model = logistic(choose_penalty(x, y, groups, seed)).fit(x, y)
    if len(model.classes_) == 2:
        flat = np.zeros_like(model.coef_)
        return np.vstack([flat, model.coef_]).T, np.r_[0.0, model.intercept_], model.classes_
    return model.coef_.T, model.intercept_, model.classes_


def _loss(score: np.ndarray, truth: np.ndarray, place: np.ndarray | None) -> np.ndarray:
    if place is None:
        return np.asarray((score[:, 0] - truth) ** 2)
    return np.asarray(-log_softmax(score, axis=1)[np.arange(len(place)), place])
