"""Permutation importance on held-out people: how much worse they are predicted when a measure is shuffled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax
from sklearn.linear_model import Ridge

from brainaging.pipeline.maps.importance import Level, Ranked, Resampling, Target, simultaneous
from brainaging.pipeline.stats.age_regression import choose_alpha
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.pipeline.stats.out_of_fold import class_codes
from brainaging.pipeline.stats.probes import choose_penalty, logistic

#: shuffles of a feature among a fold's test people. Sensitivity: their noise falls with the root of their number,
#: and what people and folds add to it does not; time grows in proportion
SHUFFLES = 10


@dataclass(frozen=True)
class FoldModel:
    """A linear model of one fold, and the fold's test people (m) who can be scored by it.

    Attributes:
        weights, offset: (p, K) and (K,); K is 1 for years.
        ahead: (m, p) standardised columns.
        truth: (m,) class numbers or years.
        place: (m,) each person's class among the model's; None for years.
        rows: (m,) of the cohort.
    """

    weights: np.ndarray
    offset: np.ndarray
    ahead: np.ndarray
    truth: np.ndarray
    place: np.ndarray | None
    rows: np.ndarray


def fold_models(target: Target, seed: int) -> list[FoldModel]:
    """Return logistic regression (ridge for years) of every fold that has two labels; ``seed`` of inner folds."""
    labels, groups = target.labels, target.groups
    years = labels.dtype.kind == "f"
    codes = labels if years else class_codes(labels)[1]
    known = np.isfinite(codes) if years else codes >= 0
    models = []
    for space in target.spaces:
        train, test = known[space.train_idx], known[space.test_idx]
        x, y = space.train[train], codes[space.train_idx[train]]
        if len(np.unique(y)) < 2 or not test.any():
            continue
        ahead, truth = space.test[test], codes[space.test_idx[test]]
        weights, offset, seen = _fit(x, y, groups[space.train_idx[train]], seed, years)
        scored = np.isin(truth, seen) if not years else np.ones(len(truth), dtype=bool)
        ahead, truth = ahead[scored], truth[scored]
        place = None if years else np.searchsorted(seen, truth)
        models.append(FoldModel(weights, offset, ahead, truth, place, space.test_idx[test][scored]))
    return models


def held_out_importance(
    target: Target, levels: Sequence[Level], rngs: Sequence[np.random.Generator], resampling: Resampling
) -> list[Ranked]:
    """Return how much worse held-out people are predicted when a feature is shuffled among them (Breiman 2001).

    The increase of the loss (log loss of logistic regression for classes, squared error of ridge for years), all
    columns of a feature shuffled together, averaged over shuffles, people and folds, at every level.

    Args:
        target: what is predicted, of whom.
        levels: what is ranked.
        rngs: of each level's shuffles.
        resampling: bootstrap draws; its seed is that of inner folds too.
    """
    models = fold_models(target, resampling.seed)
    return [
        _ranked(models, target.groups, level, rng, resampling) for level, rng in zip(levels, rngs, strict=True)
    ]


def _ranked(
    models: Sequence[FoldModel],
    groups: np.ndarray,
    level: Level,
    rng: np.random.Generator,
    resampling: Resampling,
) -> Ranked:
    count = int(level.members.max()) + 1
    if not models:
        nothing = np.full(count, np.nan)
        return Ranked(nothing, nothing, nothing, nothing)
    increase = np.concatenate([_increase(model, level.members, count, rng) for model in models])
    index = np.concatenate([model.rows for model in models])
    draws = group_weights(groups[index], resampling.seed, resampling.replicates)
    resampled = (draws @ increase / draws.sum(axis=1, keepdims=True)).T
    value = increase.mean(axis=0)
    low, high = simultaneous(value, resampled)
    error = resampled.std(axis=1, ddof=1)
    safe = np.where(error > 1e-12, error, np.inf)
    largest = ((resampled - resampled.mean(axis=1, keepdims=True)) / safe[:, None]).max(axis=0)
    p = (1 + (largest[None, :] >= (value / safe)[:, None]).sum(axis=1)) / (1 + resampling.replicates)
    return Ranked(value, low, high, p)


def _increase(model: FoldModel, members: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return by how much each person's loss grows (m, count) when each feature is shuffled."""
    base = model.ahead @ model.weights + model.offset
    loss = _loss(base, model.truth, model.place)
    worse = np.zeros((len(model.truth), count))
    for _ in range(SHUFFLES):
        order = rng.permutation(len(model.truth))
        moved = model.ahead[order] - model.ahead
        for feature in range(count):
            own = members == feature
            worse[:, feature] += _loss(base + moved[:, own] @ model.weights[own], model.truth, model.place) - loss
    return worse / SHUFFLES


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
