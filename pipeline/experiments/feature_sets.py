"""Features of folds: what every question of an experiment reads, computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from brainaging.pipeline.results import Probe
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects, by_encoder, latent_spaces
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace


@dataclass(frozen=True)
class FoldedData:
    """One modality of one cohort, with its folds and what encoders give for them.

    Attributes:
        values: (n, X, Y, Z) volumes on one grid, or (n, p) measures, NaN where missing.
        subjects: what is known of the n subjects.
        folds: grouped folds, pairs of rows (train, test); may be several repeats.
        random_folds: folds that ignore groups, to show the leak; empty to leave it out.
        encodings: what encoders give for folds, each fold one of ``folds`` (not every fold needs one).
        random_encodings: the same of ``random_folds``; not every encoder or fold needs one.
    """

    values: np.ndarray
    subjects: Subjects
    folds: Sequence[Fold]
    random_folds: Sequence[Fold] = ()
    encodings: Sequence[FoldEncoding] = ()
    random_encodings: Sequence[FoldEncoding] = ()


@dataclass(frozen=True)
class FeatureSet:
    """One kind of features on every fold.

    Attributes:
        features, encoder, codes: as in :class:`~brainaging.pipeline.results.Probe`.
        key: its name among the experiment's sets: of random streams and in the figures' files.
        grouped: the grouped folds' spaces.
        random: the random folds' spaces; may be of fewer folds, or none.
        components: the grouped folds' spaces, columns in the order of variance.
        adjusted: the grouped folds' spaces by adjustment ("head_size_residualised", …).
    """

    features: str
    key: str
    grouped: Sequence[FoldSpace]
    encoder: str = ""
    codes: int = 0
    random: Sequence[FoldSpace] = ()
    components: Sequence[FoldSpace] = ()
    adjusted: Mapping[str, Sequence[FoldSpace]] = field(default_factory=dict)

    def probe(self, target: str, model: str, adjustment: str = "", split: str = "grouped") -> Probe:
        """Return the probe that predicts a target from these features."""
        return Probe(
            target=target,
            features=self.features,
            model=model,
            encoder=self.encoder,
            codes=self.codes,
            adjustment=adjustment,
            split=split,
        )


def latent_sets(data: FoldedData, encoder: str) -> list[FeatureSet]:
    """Return the latents of every trained size of an encoder, in the order given.

    One size is keyed "latents", several by their names too, "latents_autoencoder-100".

    Raises:
        UserError: an encoding fits none of the folds, or is of random folds alone.
    """
    grouped, random = by_encoder(data.encodings), by_encoder(data.random_encodings)
    for name in random.keys() - grouped.keys():
        raise UserError(f"{name}: encodings of random folds, but none of grouped folds ({', '.join(grouped)})")
    return [
        FeatureSet(
            "latents",
            "latents" if len(grouped) == 1 else f"latents_{name}",
            latent_spaces(fitted, data.folds),
            encoder,
            fitted[0].latent_size,
            random=latent_spaces(random.get(name, ()), data.random_folds, len(data.folds)),
        )
        for name, fitted in grouped.items()
    ]
