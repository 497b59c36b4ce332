"""Folds and holdouts that never put one group on two sides, random folds for comparison, and the leak check."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from brainaging.pipeline.runtime import UserError, generator, subseed

Folds = list[tuple[np.ndarray, np.ndarray]]
#: parts of a prepared folder, and their shares: a common convention, alike for scans and tables
SPLITS = ("train", "val", "test")
FRACTIONS = (0.7, 0.15, 0.15)


class LeakError(UserError):
    """One group stands on both sides of a split."""


def check_leak(groups: ArrayLike, *index_sets: ArrayLike) -> None:
    """Raise :class:`LeakError` where a group has members in more than one of ``index_sets``.

    ``groups`` (n,) opaque labels, each index set integer positions into them. The message says how many groups
    straddle, not which: group labels may come from restricted values.
    """
    labels = np.asarray(groups)
    members_of = [set(labels[np.asarray(index, dtype=int)].tolist()) for index in index_sets]
    seen: set[Any] = set()
    straddling: set[Any] = set()
    for members in members_of:
        straddling |= seen & members
        seen |= members
    if straddling:
        raise LeakError(f"leak: {len(straddling)} of {len(seen)} groups straddle the split: use grouped folds")


def _strata(stratify: ArrayLike | None, count: int, rarest: int) -> np.ndarray:
    """Return integer strata (n,); those with fewer than ``rarest`` members are pooled, if need be with another."""
    if stratify is None:
        return np.zeros(count, dtype=int)
    codes = np.unique(np.asarray(stratify).astype(str), return_inverse=True)[1]
    if len(codes) != count:
        raise ValueError(f"stratify: expected {count} labels, found {len(codes)}")
    sizes = np.bincount(codes)
    codes = np.where(sizes[codes] < rarest, len(sizes), codes)
    pooled, kept = int((codes == len(sizes)).sum()), np.flatnonzero(sizes >= rarest)
    if 0 < pooled < rarest and len(kept):
        codes = np.where(codes == len(sizes), kept[np.argmin(sizes[kept])], codes)
    return np.zeros(count, dtype=int) if np.bincount(codes).max() < rarest else codes


def _ordered(groups: ArrayLike, stratify: ArrayLike | None, n_splits: int) -> tuple[np.ndarray, ...]:
    """Return group codes, strata and the order that makes folds independent of the rows' order."""
    codes = np.unique(np.asarray(groups), return_inverse=True)[1]
    strata = _strata(stratify, len(codes), n_splits)
    # relatives of one pooled stratum are told apart by their own, else their order would be the rows'
    own = strata if stratify is None else np.unique(np.asarray(stratify).astype(str), return_inverse=True)[1]
    return codes, strata, np.lexsort((own, strata, codes))


def _folds(splitter: Any, order: np.ndarray, strata: np.ndarray, codes: np.ndarray | None) -> Folds:
    # rows go in sorted by group and stratum, so that permuting them permutes the folds' content only
    split = splitter.split(order, strata[order], None if codes is None else codes[order])
    return [(np.sort(order[train]), np.sort(order[test])) for train, test in split]


def grouped_folds(groups: ArrayLike, stratify: ArrayLike | None = None, n_splits: int = 5, seed: int = 0) -> Folds:
    """Return ``n_splits`` pairs of sorted positions (train, test); every row is tested once, no group straddles.

    ``groups`` (n,) labels; ``stratify`` (n,) labels whose shares the folds keep as far as whole groups allow.
    Permuting the rows permutes the folds' content only. Raises UserError for fewer groups than folds.
    Source: sklearn's StratifiedGroupKFold (GroupKFold without strata).
    """
    codes, strata, order = _ordered(groups, stratify, n_splits)
    count = int(codes.max(initial=-1)) + 1
    if count < n_splits:
        raise UserError(f"{n_splits} folds need as many groups, the cohort has {count}")
    kind = StratifiedGroupKFold if strata.any() else GroupKFold
    folds = _folds(kind(n_splits, shuffle=True, random_state=subseed(seed, "folds")), order, strata, codes)
    if any(not len(test) or not len(train) for train, test in folds):
        raise UserError(f"{n_splits} folds leave one empty: the cohort's {count} groups are too uneven")
    for train, test in folds:
        check_leak(codes, train, test)
    return folds


def random_folds(groups: ArrayLike, stratify: ArrayLike | None = None, n_splits: int = 5, seed: int = 0) -> Folds:
    """Return folds as :func:`grouped_folds` does, groups disregarded: families leak through these.

    Scores on these, less those on grouped folds, are the leak. ``groups`` only orders the rows.
    """
    codes, strata, order = _ordered(groups, stratify, n_splits)
    if len(codes) < n_splits:
        raise UserError(f"{n_splits} folds need as many scans, the cohort has {len(codes)}")
    kind = StratifiedKFold if strata.any() else KFold
    return _folds(kind(n_splits, shuffle=True, random_state=subseed(seed, "folds")), order, strata, None)


def holdout(
    groups: ArrayLike,
    fractions: Sequence[float] = FRACTIONS,
    stratify: ArrayLike | None = None,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Return sorted positions under ``train``, ``val`` and ``test`` (``train`` and ``test`` for two fractions).

    Whole groups, largest first, each go where they bring the counts of all strata nearest to ``fractions``
    (least increase of chi-square). No part is empty. Raises UserError for fewer groups than parts.
    """
    names = {2: ("train", "test"), 3: SPLITS}.get(len(fractions))
    shares = np.asarray(fractions, dtype=float)
    if names is None or (shares <= 0).any() or not np.isclose(shares.sum(), 1):
        raise ValueError(f"fractions: expected two or three positive shares that sum to 1, found {fractions}")
    codes, strata, _ = _ordered(groups, stratify, len(names))
    sizes = np.bincount(codes)
    if len(sizes) < len(names):
        raise UserError(f"{len(names)} parts need as many groups, the cohort has {len(sizes)}")
    content = np.zeros((len(sizes), strata.max() + 1))
    np.add.at(content, (codes, strata), 1)
    content = content[:, content.any(axis=0)]
    target = shares[:, None] * content.sum(axis=0)
    filled = np.zeros_like(target)
    part = np.empty(len(sizes), dtype=int)
    shuffled = generator(seed, "holdout").permutation(len(sizes))
    for done, group in enumerate(shuffled[np.argsort(-sizes[shuffled], kind="stable")]):
        cost = ((2 * (filled - target) + content[group]) * content[group] / target).sum(axis=1)
        empty = np.flatnonzero(~filled.any(axis=1))
        choice = empty if len(empty) == len(sizes) - done else np.arange(len(names))
        part[group] = choice[np.argmin(cost[choice])]
        filled[part[group]] += content[group]
    parts = {name: np.flatnonzero(part[codes] == number) for number, name in enumerate(names)}
    check_leak(codes, *parts.values())
    return parts


def split_names(groups: ArrayLike, stratify: ArrayLike, seed: int) -> np.ndarray:
    """Return train, val or test for each row (n,) as :func:`holdout` parts them; too few groups are all train."""
    labels = np.asarray(groups)
    names = np.full(len(labels), SPLITS[0], dtype="<U5")
    if len(np.unique(labels)) >= len(SPLITS):
        for name, rows in holdout(labels, stratify=stratify, seed=seed).items():
            names[rows] = name
    return names


def rows_of_split(names: ArrayLike, split: str) -> np.ndarray:
    """Return the sorted positions of ``train``, ``val`` or ``test`` among names (n,); UserError for another."""
    if split not in SPLITS:
        raise UserError(f"split: expected {', '.join(SPLITS)}, found {split!r}")
    return np.flatnonzero(np.asarray(names) == split)
