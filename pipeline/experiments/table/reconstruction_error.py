"""The autoencoder's error on held-out rows, beside principal components fitted on the same people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.sample_space import standardise


def table_errors(values: np.ndarray, encodings: Sequence[FoldEncoding], sheet: Sheet) -> list[Result]:
    """Return mean squared errors in training standard deviations over known cells, and their ratio.

    Args:
        values: (n, p), NaN where missing.
        encodings: one autoencoder's folds; those without reconstructions are passed over.
        sheet: cohort, seed, families and bootstrap draws.
    """
    errors: dict[str, list[np.ndarray]] = {"autoencoder": [], "pca": []}
    rows, size = [], 0
    for encoding in encodings:
        if encoding.recon_test is None:
            continue
        train, test = values[encoding.fitted], values[encoding.test_idx]
        fitted, ahead = standardise(train, test)
        _, made = standardise(train, np.asarray(encoding.recon_test, dtype=float))
        count = min(encoding.latent_size, *fitted.shape)
        pca = PCA(count, svd_solver="full").fit(fitted)
        known = np.isfinite(test)
        for name, other in (("autoencoder", made), ("pca", pca.inverse_transform(pca.transform(ahead)))):
            off = np.where(known, other - ahead, 0.0) ** 2
            errors[name].append(off.sum(axis=1) / np.maximum(known.sum(axis=1), 1))
        rows.append(encoding.test_idx)
        size = encoding.latent_size
    if not rows:
        return []
    index = np.concatenate(rows)
    found = {name: np.concatenate(parts) for name, parts in errors.items()}
    groups = sheet.groups[index]
    label = {"autoencoder": encodings[0].name, "pca": f"pca-{size}"}
    n_train = round(float(np.mean([len(encoding.fitted) for encoding in encodings])))
    common: dict[str, Any] = {
        "experiment": "reconstruction",
        "cohort": sheet.cohort,
        "modality": sheet.modality,
        "target": "table",
        "split": "grouped",
        "n_train": n_train,
        "n_test": len(np.unique(index)),
        "seed": sheet.seed,
    }
    out = []
    for name, error in found.items():
        value, low, high = mean_ratio(error, 1.0, groups, sheet.seed, sheet.replicates)
        out.append(
            Result(
                features=label[name],
                model=name,
                metric="mse",
                value=value,
                ci_low=low,
                ci_high=high,
                baseline="" if name == "pca" else label["pca"],
                baseline_value=float("nan") if name == "pca" else float(found["pca"].mean()),
                **common,
            )
        )
    value, low, high = mean_ratio(found["autoencoder"], found["pca"], groups, sheet.seed, sheet.replicates)
    out.append(
        Result(
            features=label["autoencoder"],
            model="autoencoder",
            metric=f"error_ratio_to_{label['pca']}",
            value=value,
            ci_low=low,
            ci_high=high,
            baseline=label["pca"],
            baseline_value=1.0,
            **common,
        )
    )
    return out
