"""Features of a table on every fold: its columns, with head size in and out, and the autoencoder's latents."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.data.morphometry import exponents
from brainaging.pipeline.experiments.feature_sets import FeatureSet, FoldedData, latent_sets
from brainaging.pipeline.stats.sample_space import FoldSpace, fold_spaces
from brainaging.pipeline.stats.table_spaces import table_spaces

ENCODER = "morphometry_autoencoder"
RESIDUALISED, PROPORTIONAL = "head_size_residualised", "head_size_proportional"


def table_features(data: FoldedData, names: Sequence[str]) -> list[FeatureSet]:
    """Return the standardised columns and the latents on all folds.

    Args:
        data: measures (n, p), their folds and encodings.
        names: of the p measures, which say how each goes with head size.
    """
    size = np.asarray(data.subjects.head_size, dtype=float)
    numbers = range(len(data.folds), len(data.folds) + len(data.random_folds))
    adjusted: dict[str, Sequence[FoldSpace]] = {}
    if np.isfinite(size).any():
        adjusted[RESIDUALISED] = table_spaces(data.values, data.folds, head_size=size, method="residualised")
        adjusted[PROPORTIONAL] = table_spaces(
            data.values, data.folds, head_size=size, method="proportional", exponents=exponents(names)
        )
    sets = [
        FeatureSet(
            "table",
            "table",
            table_spaces(data.values, data.folds),
            random=table_spaces(data.values, data.random_folds, numbers=list(numbers)),
            adjusted=adjusted,
        ),
        *latent_sets(data, ENCODER),
    ]
    return [replace(features, components=_rotated(features.grouped)) for features in sets]


def _rotated(spaces: Sequence[FoldSpace]) -> list[FoldSpace]:
    """Return folds of columns as folds of principal components."""
    return fold_spaces(
        [(space.train, space.test) for space in spaces],
        [(space.train_idx, space.test_idx) for space in spaces],
        numbers=[space.number for space in spaces],
    )
