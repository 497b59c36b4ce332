"""Held-out reconstructions of an autoencoder beside those of PCA, subject by subject."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import counted
from brainaging.pipeline.stats.encodings import FoldEncoding

#: subjects that a figure shows, from the best reconstructed to the worst
EXAMPLES = 6
MEAN_BRAIN = "mean_brain"


@dataclass
class ReconstructionScores:
    """Scores of every method on the same held-out subjects.

    ``mse`` and ``ssim`` hold (m,) values by method; ``components`` the mean number of components of a PCA;
    ``examples`` volumes (k, X, Y, Z) of the first fold by method ("original" too), ``example_rows`` their places
    among the m rows.
    """

    index: np.ndarray
    n_train: int
    mse: dict[str, np.ndarray]
    ssim: dict[str, np.ndarray]
    components: dict[str, int]
    examples: dict[str, np.ndarray] = field(default_factory=dict)
    example_rows: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))


def score_reconstructions(
    volumes: np.ndarray, mask: np.ndarray, encodings: Sequence[FoldEncoding]
) -> ReconstructionScores | None:
    """Score one autoencoder's reconstructions and the PCA baselines of the same folds.

    Every baseline is fitted on the subjects that the encoder's weights were fitted on, and on no others.

    Methods: the encoder by its name; "pca" and "pca_flip" with as many components as it has codes, as far as the
    training fold allows; "pca_max" and "pca_flip_max" with all; "mean_brain". Where the code is no smaller than
    the fold allows, the max versions are the same and are left out.

    Args:
        volumes: (n, X, Y, Z).
        mask: (X, Y, Z) bool.
        encodings: one encoder's folds; those without reconstructions are passed over.

    Returns:
        the scores, None where no fold has reconstructions.
    """
    folds = [encoding for encoding in encodings if encoding.recon_test is not None]
    if not folds:
        return None
    max_differs = all(encoding.latent_size < len(encoding.fitted) - 1 for encoding in folds)
    flip_max_differs = all(encoding.latent_size < 2 * len(encoding.fitted) - 1 for encoding in folds)
    mse: dict[str, list[np.ndarray]] = {}
    ssim: dict[str, list[np.ndarray]] = {}
    counts: dict[str, list[int]] = {}
    examples: dict[str, np.ndarray] = {}
    rows = np.empty(0, dtype=int)
    for encoding in counted(folds, "scoring reconstructions, folds", announce=False):
        train, test = volumes[encoding.fitted], volumes[encoding.test_idx]
        data_range = intensity_range(train, mask)
        plain, flipped = PcaBaseline.fit(train, mask), PcaBaseline.fit(train, mask, flips=True)
        reconstructions = {encoding.name: encoding.recon_test}
        for name, pca, count, included in (
            ("pca", plain, encoding.latent_size, True),
            ("pca_flip", flipped, encoding.latent_size, True),
            ("pca_max", plain, None, max_differs),
            ("pca_flip_max", flipped, None, flip_max_differs),
            (MEAN_BRAIN, plain, 0, True),
        ):
            if included:
                reconstructions[name] = pca.reconstruct(test, count)
                used = pca.max_components if count is None else min(count, pca.max_components)
                counts.setdefault(name, []).append(used)
        for name, volume in reconstructions.items():
            mse.setdefault(name, []).append(masked_mse(test, np.asarray(volume), mask))
            ssim.setdefault(name, []).append(masked_ssim(test, np.asarray(volume), mask, data_range))
        if not examples:
            order = np.argsort(mse[encoding.name][0], kind="stable")
            rows = np.unique(order[np.linspace(0, len(order) - 1, EXAMPLES).round().astype(int)])
            shown = {name: np.asarray(volume)[rows] for name, volume in reconstructions.items()}
            examples = {"original": test[rows], **shown}
    return ReconstructionScores(
        np.concatenate([encoding.test_idx for encoding in folds]),
        round(float(np.mean([len(encoding.fitted) for encoding in folds]))),
        {name: np.concatenate(parts) for name, parts in mse.items()},
        {name: np.concatenate(parts) for name, parts in ssim.items()},
        {name: round(float(np.mean(parts))) for name, parts in counts.items()},
        examples,
        rows,
    )
