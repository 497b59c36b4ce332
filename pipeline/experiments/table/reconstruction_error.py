"""The autoencoder's error on held-out rows, beside principal components fitted on the same people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from brainaging.pipeline.results import ErrorRatio, Finding, Reconstruction, Scoring
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.sample_space import standardise


def table_errors(values: np.ndarray, encodings: Sequence[FoldEncoding], scoring: Scoring) -> list[Finding]:
    """Return mean squared errors in training standard deviations over known cells, and their ratio.

    The baseline is plain principal components: tables are not mirrored, and neither is the autoencoder's training.

    Args:
        values: (n, p), NaN where missing.
        encodings: one autoencoder's folds; those without reconstructions are passed over.
        scoring: cohort, seed, families and bootstrap draws.
    """
    parts: dict[str, list[np.ndarray]] = {"autoencoder": [], "pca": []}
    used = [encoding for encoding in encodings if encoding.recon_test is not None]
    if not used:
        return []
    components = []
    for encoding in used:
        train, test = values[encoding.fitted], values[encoding.test_idx]
        fitted, ahead = standardise(train, test)
        _, decoded = standardise(train, np.asarray(encoding.recon_test, dtype=float))
        components.append(min(encoding.latent_size, *fitted.shape))
        pca = PCA(components[-1], svd_solver="full").fit(fitted)
        known = np.isfinite(test)
        for name, rebuilt in (("autoencoder", decoded), ("pca", pca.inverse_transform(pca.transform(ahead)))):
            off = np.where(known, rebuilt - ahead, 0.0) ** 2
            parts[name].append(off.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    index = np.concatenate([encoding.test_idx for encoding in used])
    errors = {name: np.concatenate(of_folds) for name, of_folds in parts.items()}
    n_train = round(float(np.mean([len(encoding.fitted) for encoding in used])))
    codes = {"autoencoder": used[0].latent_size, "pca": round(float(np.mean(components)))}
    common = scoring.common("reconstruction", n_train, len(np.unique(index))) | {"target": "table"}

    def measured(top: np.ndarray, bottom: np.ndarray | float) -> dict[str, Any]:
        value, low, high = mean_ratio(top, bottom, scoring.groups[index], scoring.seed, scoring.replicates)
        return {"value": value, "ci_low": low, "ci_high": high}

    baseline: dict[str, Any] = {"baseline": "pca", "baseline_codes": codes["pca"]}
    own: dict[str, Any] = {**common, "model": "autoencoder", "codes": codes["autoencoder"]}
    return [
        Reconstruction(
            **own,
            metric="table_mse",
            **measured(errors["autoencoder"], 1.0),
            **baseline,
            baseline_value=float(errors["pca"].mean()),
        ),
        Reconstruction(
            **common, model="pca", codes=codes["pca"], metric="table_mse", **measured(errors["pca"], 1.0)
        ),
        ErrorRatio(
            **own,
            metric="error_ratio",
            **measured(errors["autoencoder"], errors["pca"]),
            **baseline,
            baseline_value=1.0,
        ),
    ]
