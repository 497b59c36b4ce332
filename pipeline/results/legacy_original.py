"""The original's numbers by the names that untyped rows have; gone with them."""

import math
import re

from brainaging.pipeline.results.original_study import ORIGINALS


def original_value(modality: str, features: str, target: str, model: str, metric: str) -> float:
    """Return what the original reported for this number, NaN where it reported none.

    ``features`` may carry the encoder's name ("latents_autoencoder-100"): the original's latents stand beside
    latents of any size.
    """
    # A number with head size taken out, or of two components, was not reported: only the bare name stands for it.
    kind = "latents" if re.fullmatch(r"latents_autoencoder-\d+", features) else features
    for entry in ORIGINALS:
        if (entry.modality, entry.features, entry.target, entry.model, entry.metric) == (
            modality,
            kind,
            target,
            model,
            metric,
        ):
            return entry.value
    return math.nan
