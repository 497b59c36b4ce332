"""A difference says whether it is only a rotation."""

from dataclasses import replace

from brainaging.pipeline.results import Difference

ABOUT = {"experiment": "sex", "cohort": "c"}
PROBE = {"target": "sex", "features": "latents", "model": "logistic_regression"}


def test_latents_with_as_many_codes_as_scans_span_are_a_rotation():
    difference = Difference(
        **ABOUT, **PROBE, codes=133, contrast="features", reference="voxels", metric="auc", value=0.0, n_train=134
    )
    assert difference.is_rotation
    assert not replace(difference, codes=100).is_rotation
    assert not replace(difference, contrast="model").is_rotation
