"""Held-out reconstructions of an autoencoder beside those of PCA, subject by subject."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from brainaging.networks.linear.leading_space import most_components
from brainaging.networks.linear.row_blocks import row_blocks
from brainaging.pipeline.measures.image_similarity import intensity_range, masked_mse, masked_ssim
from brainaging.pipeline.measures.pca_baseline import PcaBaseline
from brainaging.pipeline.runtime import counted
from brainaging.pipeline.stats.encodings import FoldEncoding

#: subjects that a figure shows, from the best reconstructed to the worst
EXAMPLES = 6
MEAN_BRAIN = "mean_brain"
#: bytes of the scans that are reconstructed at once, by every method; a fold of the study at 64³ is half of it
_ROOM = 2**29


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
    max_differs, flip_max_differs = (
        all(encoding.latent_size < most_components(rows * len(encoding.fitted)) for encoding in folds)
        for rows in (1, 2)
    )
    mse: dict[str, list[np.ndarray]] = {}
    ssim: dict[str, list[np.ndarray]] = {}
    counts: dict[str, list[int]] = {}
    examples: dict[str, np.ndarray] = {}
    rows = np.empty(0, dtype=int)
    for encoding in counted(folds, "scoring reconstructions, folds", announce=False):
        fitted, test = encoding.fitted, np.asarray(encoding.test_idx)
        data_range = intensity_range(volumes, mask, fitted)
        plain, flipped = (PcaBaseline.fit(volumes, mask, flips=flips, among=fitted) for flips in (False, True))
        baselines: dict[str, tuple[PcaBaseline, int | None]] = {}
        for name, pca, count, included in (
            ("pca", plain, encoding.latent_size, True),
            ("pca_flip", flipped, encoding.latent_size, True),
            ("pca_max", plain, None, max_differs),
            ("pca_flip_max", flipped, None, flip_max_differs),
            (MEAN_BRAIN, plain, 0, True),
        ):
            if included:
                baselines[name] = pca, count
                used = pca.max_components if count is None else min(count, pca.max_components)
                counts.setdefault(name, []).append(used)
        blocks = row_blocks(len(test), 4 * mask.size, _ROOM)
        for block in blocks:
            scans = volumes[test[block]]
            for name, volume in _reconstructed(encoding, block, scans, baselines).items():
                mse.setdefault(name, []).append(masked_mse(scans, volume, mask))
                ssim.setdefault(name, []).append(masked_ssim(scans, volume, mask, data_range))
        if not examples:
            order = np.argsort(np.concatenate(mse[encoding.name]), kind="stable")
            rows = np.unique(order[np.linspace(0, len(order) - 1, EXAMPLES).round().astype(int)])
            original = volumes[test[rows]]
            examples = {"original": original, **_reconstructed(encoding, rows, original, baselines)}
    return ReconstructionScores(
        np.concatenate([encoding.test_idx for encoding in folds]),
        round(float(np.mean([len(encoding.fitted) for encoding in folds]))),
        {name: np.concatenate(parts) for name, parts in mse.items()},
        {name: np.concatenate(parts) for name, parts in ssim.items()},
        {name: round(float(np.mean(parts))) for name, parts in counts.items()},
        examples,
        rows,
    )


def _reconstructed(
    encoding: FoldEncoding,
    places: slice | np.ndarray,
    scans: np.ndarray,
    baselines: Mapping[str, tuple[PcaBaseline, int | None]],
) -> dict[str, np.ndarray]:
    """Return the reconstructions of some test subjects' scans (b, X, Y, Z) by method, the encoder's first."""
    made = {encoding.name: np.asarray(encoding.recon_test)[places]}
    return made | {name: pca.reconstruct(scans, count) for name, (pca, count) in baselines.items()}
