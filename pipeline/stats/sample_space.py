"""Features rotated into the training fold's sample space: as many numbers a subject as there are subjects.

For a model that is linear in x with an L2 penalty on its weights w, the best w lies in the span of the training
rows (representer theorem; Hastie & Tibshirani 2004, "Efficient quadratic regularization for expression arrays").
Writing the centred training matrix as X = U S Vᵀ, the scores Z = U S carry everything that such a model can use:
logistic and ridge regression on Z and on X give the same predictions. Nothing is whitened and no voxel is
standardised, which would ruin the probe (design 8).

Of more than :data:`MOST_ROWS` training rows nothing is rows by rows: the scores are those on the leading
components (:func:`~brainaging.networks.linear.leading_space.leading_space`). Where there are few features, as of a
table or of latents, predictions are the same; of voxels the model is one on their first thousand components.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import eigh
from torch import Tensor

from brainaging.networks.linear.leading_space import MOST_COMPONENTS, MOST_ROWS, leading_space
from brainaging.networks.linear.row_blocks import Rows, row_blocks
from brainaging.pipeline.runtime import UserError, counted, subseed

Fold = tuple[np.ndarray, np.ndarray]
FoldFeatures = np.ndarray | Callable[[int], Fold] | Sequence[Fold]
# columns that are taken to double precision at once, and bytes of them at most: of the study's people, or of twice
# as many, the first decides
_CHUNK, _CHUNK_BYTES = 16384, 2**28
# eigenvalues of a Gram matrix below this share of the largest are rounding, not signal
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class FoldSpace:
    """One fold: its rows in the cohort, its scores (n, r) in training and (m, r) in test, and its number.

    The training scores have a mean square norm of 1, or of ``kept``, the share of the variance that they keep
    where components were left out.
    """

    train_idx: np.ndarray
    test_idx: np.ndarray
    train: np.ndarray
    test: np.ndarray
    number: int = 0
    kept: float = 1.0


def gram(left: np.ndarray, right: np.ndarray | None = None) -> np.ndarray:
    """Return ``left @ right.T`` in double precision, (n, p) and (m, p) to (n, m), a block of columns at a time."""
    other = left if right is None else right
    out = np.zeros((len(left), len(other)))
    step = max(1, min(_CHUNK, _CHUNK_BYTES // (8 * max(1, len(left), len(other)))))
    for start in range(0, left.shape[1], step):
        block = left[:, start : start + step].astype(np.float64)
        same = block if right is None else other[:, start : start + step].astype(np.float64)
        out += block @ same.T
    return out


def rotate(k_train: np.ndarray, k_cross: np.ndarray) -> Fold:
    """Return the scores of a fold from its Gram matrices, train (n, n) and test-by-train (m, n).

    Both are centred on the training mean, and scaled by one number, so that the training scores have a mean square
    norm of 1: a penalty then means the same for voxels, latents and tables. Constant features give one zero
    column.
    """
    mean = k_train.mean(axis=0)
    grand = mean.mean()
    centred = k_train - mean - mean[:, None] + grand
    cross = k_cross - k_cross.mean(axis=1, keepdims=True) - mean + grand
    values, vectors = eigh(centred)
    total = np.trace(centred)
    # variance that is rounding beside the mean's square is no variance
    if not total > 1e-12 * max(np.trace(k_train), 1e-300):
        return np.zeros((len(k_train), 1)), np.zeros((len(k_cross), 1))
    keep = values > _RANK_TOLERANCE * values[-1]
    singular = np.sqrt(values[keep])[::-1]
    left = vectors[:, keep][:, ::-1]
    norm = np.sqrt(total / len(k_train))
    return left * (singular / norm), cross @ (left / (singular * norm))


def standardise(train: np.ndarray, test: np.ndarray) -> Fold:
    """Return a table's columns with training mean 0 and SD 1; a missing value becomes the training mean.

    For tables of unlike units (mm³ beside mm), never for voxels. A column constant in training is dropped to 0.
    """
    made, ahead = np.empty(train.shape), np.empty(test.shape)
    for columns in row_blocks(train.shape[1], 8 * max(len(train), len(test))):
        part, others = train[:, columns], test[:, columns]
        known = np.isfinite(part)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, part, 0.0).sum(axis=0) / count
        deviation = np.where(known, part - mean, 0.0)
        spread = np.sqrt((deviation**2).sum(axis=0) / count)
        flat = spread <= 1e-9 * np.maximum(np.abs(mean), 1e-300)
        scale = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, spread))
        made[:, columns] = deviation * scale
        ahead[:, columns] = np.where(np.isfinite(others), others - mean, 0.0) * scale
    return made, ahead


def fold_spaces(
    features: FoldFeatures, folds: Sequence[Fold], *, table: bool = False, numbers: Sequence[int] | None = None
) -> list[FoldSpace]:
    """Return the sample space of every fold.

    Args:
        features: one matrix (n, …) for all folds, or, where the features themselves are fitted on the training
        fold
            (an autoencoder's latents), a list or a function giving fold k's pair (train (n_k, …), test (m_k, …)).
        folds: pairs of row numbers (train, test).
        table: standardise each column in the training fold (:func:`standardise`).
        numbers: the folds' numbers, by which predictions of different features are paired; 0, 1, … if left out.

    Raises:
        UserError: a fold's features do not fit its rows, or a feature of an image or latent is not finite.
    """
    spaces = []
    whole = features.reshape(len(features), -1) if isinstance(features, np.ndarray) else None
    shared = None
    if whole is not None and not table:
        _check_finite(whole, "features")
        if len(whole) <= 2 * MOST_ROWS and all(len(train) <= MOST_ROWS for train, _ in folds):
            shared = gram(whole)
    shown = counted(folds, "rotating into sample spaces, folds", announce=False)
    for number, (train_idx, test_idx) in enumerate(shown):
        name = number if numbers is None else numbers[number]
        kept = 1.0
        if shared is not None:
            scores = rotate(shared[np.ix_(train_idx, train_idx)], shared[np.ix_(test_idx, train_idx)])
        elif whole is not None and not table and len(train_idx) > MOST_ROWS:
            scores, kept = _led(_rows(whole, train_idx), _rows(whole, test_idx), whole.shape[1])
        else:
            train, test = _pair(features, whole, number, train_idx, test_idx)
            if table:
                train, test = standardise(train, test)
            for part in (train, test):
                _check_finite(part, f"features of fold {number}")
            if len(train) > MOST_ROWS:
                scores, kept = _led(_rows(train), _rows(test), train.shape[1])
            else:
                scores = rotate(gram(train), gram(test, train))
        spaces.append(FoldSpace(np.asarray(train_idx), np.asarray(test_idx), *scores, name, kept))
    return spaces


def _led(train: Rows, test: Rows, width: int) -> tuple[Fold, float]:
    """Return the scores of a fold of many rows, and the share of the training variance that they keep.

    Scaled as :func:`rotate` scales them, by the variance of all components, so that a penalty means the same.
    """
    count = width if width <= MOST_ROWS else MOST_COMPONENTS
    space = leading_space(train, count, subseed(0, "sample spaces"))
    if not space.scores.shape[1]:
        return (np.zeros((len(space.scores), 1)), np.zeros((sum(map(len, test())), 1))), 1.0
    norm = np.sqrt(space.total / len(space.scores))
    kept = float(space.squares.sum()) / space.total
    # all but rounding
    kept = kept if kept < 1 - 1e-9 else 1.0
    return ((space.scores / norm).numpy(), (space.project(test) / norm).numpy()), kept


def _rows(values: np.ndarray, index: np.ndarray | None = None) -> Rows:
    """Return the rows (n, p) at ``index``, all of them if None."""
    number = np.arange(len(values)) if index is None else np.asarray(index)

    def rows() -> Iterator[Tensor]:
        for block in row_blocks(len(number), 8 * values.shape[1]):
            yield torch.from_numpy(values[number[block]].astype(np.float64))

    return rows


def _pair(
    features: FoldFeatures, whole: np.ndarray | None, number: int, train_idx: np.ndarray, test_idx: np.ndarray
) -> Fold:
    if whole is not None:
        return whole[train_idx].astype(np.float64), whole[test_idx].astype(np.float64)
    pair = features(number) if callable(features) else features[number]
    train, test = (np.asarray(part).reshape(len(part), -1) for part in pair)
    if len(train) != len(train_idx) or len(test) != len(test_idx):
        raise UserError(
            f"features of fold {number}: expected {len(train_idx)} training and {len(test_idx)} test rows, "
            f"found {len(train)} and {len(test)}"
        )
    return train, test


def _check_finite(values: np.ndarray, what: str) -> None:
    parts = [values[block] for block in row_blocks(len(values), values.itemsize * values.shape[1])]
    if all(np.isfinite(part).all() for part in parts):
        return
    rows = np.flatnonzero(~np.concatenate([np.isfinite(part).all(axis=1) for part in parts]))
    raise UserError(
        f"{what}: expected finite numbers, found NaN or infinity in {len(rows)} rows, first row {rows[0]}"
    )
