"""Features rotated into the training fold's sample space: as many numbers a subject as there are subjects.

For a model that is linear in x with an L2 penalty on its weights w, the best w lies in the span of the training
rows (representer theorem; Hastie & Tibshirani 2004, "Efficient quadratic regularization for expression arrays").
Writing the centred training matrix as X = U S Vᵀ, the scores Z = U S carry everything that such a model can use:
logistic and ridge regression on Z and on X give the same predictions. Nothing is whitened and no voxel is
standardised, which would ruin the probe (design 8).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from brainaging.pipeline.runtime import UserError, counted

Fold = tuple[np.ndarray, np.ndarray]
FoldFeatures = np.ndarray | Callable[[int], Fold] | Sequence[Fold]
_CHUNK = 16384
# eigenvalues of a Gram matrix below this share of the largest are rounding, not signal
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class FoldSpace:
    """One fold: its rows in the cohort, its scores (n, r) in training and (m, r) in test, and its number.

    The training scores have a mean square norm of 1.
    """

    train_idx: np.ndarray
    test_idx: np.ndarray
    train: np.ndarray
    test: np.ndarray
    number: int = 0


def gram(left: np.ndarray, right: np.ndarray | None = None) -> np.ndarray:
    """Return ``left @ right.T`` in double precision, (n, p) and (m, p) to (n, m), a block of columns at a time."""
    other = left if right is None else right
    out = np.zeros((len(left), len(other)))
    for start in range(0, left.shape[1], _CHUNK):
        block = left[:, start : start + _CHUNK].astype(np.float64)
        same = block if right is None else other[:, start : start + _CHUNK].astype(np.float64)
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
    known = np.isfinite(train)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, train, 0.0).sum(axis=0) / count
    deviation = np.where(known, train - mean, 0.0)
    spread = np.sqrt((deviation**2).sum(axis=0) / count)
    flat = spread <= 1e-9 * np.maximum(np.abs(mean), 1e-300)
    scale = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, spread))
    return deviation * scale, np.where(np.isfinite(test), test - mean, 0.0) * scale


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
    shared = None if whole is None or table else gram(_finite(whole, "features"))
    shown = counted(folds, "rotating into sample spaces, folds", announce=False)
    for number, (train_idx, test_idx) in enumerate(shown):
        name = number if numbers is None else numbers[number]
        if shared is not None:
            scores = rotate(shared[np.ix_(train_idx, train_idx)], shared[np.ix_(test_idx, train_idx)])
        else:
            train, test = _pair(features, whole, number, train_idx, test_idx)
            if table:
                train, test = standardise(train, test)
            what = f"features of fold {number}"
            train, test = _finite(train, what), _finite(test, what)
            scores = rotate(gram(train), gram(test, train))
        spaces.append(FoldSpace(np.asarray(train_idx), np.asarray(test_idx), *scores, name))
    return spaces


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


def _finite(values: np.ndarray, what: str) -> np.ndarray:
    if not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values).all(axis=1))
        raise UserError(
            f"{what}: expected finite numbers, found NaN or infinity in {len(rows)} rows, first row {rows[0]}"
        )
    return values
