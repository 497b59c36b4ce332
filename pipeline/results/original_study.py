"""What the original study reported (HCP S1200, n = 1113), as data for ``original_value``."""

import math
from dataclasses import dataclass

from brainaging.pipeline.results.shared_fields import Probe


@dataclass(frozen=True)
class Original:
    """One number of the original study, as a share (accuracy) unless the metric says otherwise."""

    modality: str
    features: str
    target: str
    model: str
    metric: str
    value: float
    note: str = ""


LOGISTIC = "logistic_regression"
MAJORITY_NOTE = "the majority bracket's share is 0.437"

ORIGINALS: tuple[Original, ...] = (
    Original("table", "table", "sex", LOGISTIC, "accuracy", 0.93, "0.919 in its notebook"),
    Original("table", "latents", "sex", LOGISTIC, "accuracy", 0.86, "bottleneck 80; 0.856 in its notebook"),
    Original("table", "table", "age_bracket", LOGISTIC, "accuracy", 0.47),
    Original("table", "latents", "age_bracket", LOGISTIC, "accuracy", 0.465, "bottleneck 80"),
    Original("table", "table", "age_bracket", "random_forest", "accuracy", 0.479),
    Original("table", "table", "age_bracket", "knn", "accuracy", 0.406),
    Original("table", "table", "age_bracket", "decision_tree", "accuracy", 0.408),
    Original("T1w", "voxels", "sex", LOGISTIC, "accuracy", 0.93, "0.937 in its notebook"),
    Original("T1w", "latents", "sex", LOGISTIC, "accuracy", 0.93, "bottleneck 1000; 0.94 in its notebook"),
    Original("T1w", "voxels", "age_bracket", LOGISTIC, "accuracy", 0.439, MAJORITY_NOTE),
    Original("T1w", "latents", "age_bracket", LOGISTIC, "accuracy", 0.439, MAJORITY_NOTE),
    Original("T1w", "voxels", "sex", "residual_network", "accuracy", 0.946, "one random 80/20 split, last epoch"),
    Original("T1w", "voxels", "sex", "residual_network_noise_augmented", "accuracy", 0.93, "one random split"),
    Original("T1w", "generated", "latent_code", "encoder", "mse", 0.003, "z ~ U(0,1): R² about 0.964"),
)


def original_value(modality: str, probe: Probe, metric: str) -> float:
    """Return what the original reported for this number, NaN where it reported none.

    The original's latents are compared with latents of any size; a number with head size taken out, or of two
    components, was not reported.
    """
    for entry in ORIGINALS:
        reported = (entry.modality, entry.features, entry.target, entry.model, entry.metric)
        if reported == (modality, probe.features, probe.target, probe.model, metric) and not probe.adjustment:
            return entry.value
    return math.nan
