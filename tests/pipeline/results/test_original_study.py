"""What the original study reported is looked up by what was measured."""

import math

from brainaging.pipeline.results import Probe
from brainaging.pipeline.results.original_study import ORIGINALS, original_value


def test_the_originals_numbers_are_looked_up_by_what_they_measure():
    def probe(features: str, target: str = "sex", **more: object) -> Probe:
        return Probe(target=target, features=features, model="logistic_regression", **more)

    assert original_value("T1w", probe("latents", encoder="autoencoder", codes=100), "accuracy") == 0.93
    assert original_value("T1w", probe("latents", "age_bracket"), "accuracy") == 0.439
    assert math.isnan(original_value("T1w", probe("voxels"), "auc"))
    for adjustment in ("head_size_residualised", "head_size_matched", "pca2"):
        assert math.isnan(original_value("T1w", probe("latents", adjustment=adjustment), "accuracy"))
    keys = [(o.modality, o.features, o.target, o.model, o.metric) for o in ORIGINALS]
    assert len(set(keys)) == len(keys)
