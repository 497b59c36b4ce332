"""Morphometry tables as features: scikit-learn estimators that are fitted inside a training fold."""

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

HeadSizeMethod = Literal["raw", "residualised", "proportional"]
#: what a table says in which nothing differs between people
NO_COLUMN = "no column differs between the training rows"
METHODS: tuple[HeadSizeMethod, ...] = ("raw", "residualised", "proportional")


class KeepInformative(SelectorMixin, BaseEstimator):
    """Drop columns that are constant in training, and those that repeat an earlier column exactly.

    FreeSurfer tables hold both: hypointensities that nobody has, and a total that stands in every file. Of equal
    columns the first is kept. NaN is a gap: it makes no column differ, and a column of gaps alone is constant.
    Attributes once fitted: ``support_`` (p,) bool.
    """

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn which columns of X (n, p) tell anything. Raises ValueError where none does."""
        values = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, ensure_all_finite="allow-nan")
        gaps = np.isnan(values)
        top = np.where(gaps, -np.inf, values).max(axis=0)
        bottom = np.where(gaps, np.inf, values).min(axis=0)
        # differences that are rounding, by the column's size, are none
        support = top - bottom > 1e-12 * np.where(gaps, 0, np.abs(values)).max(axis=0)
        earlier: set[bytes] = set()
        for column in np.flatnonzero(support):
            # adding 0 makes -0 the same as 0
            key = (values[:, column] + 0.0).tobytes()
            support[column] = key not in earlier
            earlier.add(key)
        if not support.any():
            raise ValueError(NO_COLUMN)
        self.support_ = support
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_


class HeadSizeAdjuster(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Take head size out of the other columns, or leave it in.

    Args:
        method: "raw" leaves everything as it is; "residualised" subtracts from every column its training line in
            head size and keeps its training mean (Voevodskaya et al. 2014), head size itself becoming that mean;
            "proportional" divides every other column by head size to the power of its exponent, relative to the
            training mean head size, so that units stay.
        head_size: position of the head-size column.
        exponents: (p,) for "proportional": 1 for volumes, 2/3 for areas, 0 to leave a column (thickness hardly
            scales with head size); 1 for all if None.
    """

    def __init__(
        self, method: HeadSizeMethod = "raw", head_size: int = -1, exponents: Sequence[float] | None = None
    ) -> None:
        self.method = method
        self.head_size = head_size
        self.exponents = exponents

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Learn training means and lines from X (n, p).

        Raises ValueError for a method, a column or exponents that cannot be.
        """
        values = validate_data(self, X, dtype=np.float64)
        count = values.shape[1]
        if self.method not in METHODS:
            raise ValueError(f"method: expected {', '.join(METHODS)}, got {self.method!r}")
        if not -count <= self.head_size < count:
            raise ValueError(f"head_size: expected a column of {count}, got {self.head_size}")
        size = values[:, self.head_size]
        if self.method == "proportional" and (size <= 0).any():
            raise ValueError("head_size: expected positive head sizes for proportions")
        powers = np.ones(count) if self.exponents is None else np.asarray(self.exponents, dtype=np.float64)
        if powers.shape != (count,):
            raise ValueError(f"exponents: expected one for each of {count} columns, got shape {powers.shape}")
        self.exponents_ = powers.copy()
        self.exponents_[self.head_size] = 0
        self.mean_ = values.mean(axis=0)
        centred = size - size.mean()
        variation = float(centred @ centred)
        # head sizes that are all alike explain nothing
        flat = variation <= 1e-20 * float(size @ size)
        self.slope_ = np.zeros(count) if flat else centred @ (values - self.mean_) / variation
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return X (n, p) with head size taken out as ``method`` says."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        if self.method == "raw":
            return values
        size = values[:, [self.head_size]]
        usual = self.mean_[self.head_size]
        if self.method == "residualised":
            return values - (size - usual) * self.slope_
        if (size <= 0).any():
            raise ValueError("head_size: expected positive head sizes for proportions")
        return values / (size / usual) ** self.exponents_


def table_pipeline(
    method: HeadSizeMethod = "raw", head_size: int = -1, exponents: Sequence[float] | None = None
) -> Pipeline:
    """Return the steps from a table (n, p) with gaps to standardised columns, all fitted on training rows.

    Median imputation, head size (:class:`HeadSizeAdjuster`), informative columns (:class:`KeepInformative`), and
    columns with mean 0 and SD 1.
    """
    return Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("head_size", HeadSizeAdjuster(method, head_size, exponents)),
            ("informative", KeepInformative()),
            ("scale", StandardScaler()),
        ]
    )
