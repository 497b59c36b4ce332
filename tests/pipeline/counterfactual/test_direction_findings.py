"""Cosines as findings: beside the truth, with their p, or why there is none."""

import numpy as np

from brainaging.pipeline.counterfactual.direction_findings import direction_findings
from brainaging.pipeline.counterfactual.directions import Cosine
from brainaging.pipeline.results import DirectionCosine, NotComputed

COMMON = {"experiment": "directions", "cohort": "c", "n_train": 50, "n_test": 10, "seed": 3}


def test_every_cosine_stands_beside_the_truth_and_has_its_p():
    cosines = [Cosine("none", -0.7, -0.9, -0.2, 0.01), Cosine("age_sex_head_size", 0.1, -0.2, 0.4, 0.6)]
    truth, *rest = direction_findings(cosines, "pca", COMMON, 0.3)
    assert (truth.covariates, truth.value, truth.baseline) == ("truth", 0.3, "")
    assert [(f.covariates, f.metric, f.value) for f in rest] == [
        ("none", "cosine_age_sex", -0.7),
        ("none", "permutation_p", 0.01),
        ("age_sex_head_size", "cosine_age_sex", 0.1),
        ("age_sex_head_size", "permutation_p", 0.6),
    ]
    assert (rest[0].baseline, rest[0].baseline_value, rest[0].ci_low, rest[0].n_train) == ("truth", 0.3, -0.9, 50)


def test_where_families_cannot_change_places_there_is_a_reason_and_no_p():
    findings = direction_findings([Cosine("none", 0.2, 0.0, 0.4, np.nan)], "gan", COMMON)
    assert [type(f) for f in findings] == [DirectionCosine, NotComputed]
    assert findings[1].metric == "permutation_p"
    assert "families" in findings[1].reason
