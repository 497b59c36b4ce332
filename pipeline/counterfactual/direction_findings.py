"""Cosines of the directions of age and sex as findings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brainaging.pipeline.counterfactual.directions import Cosine
from brainaging.pipeline.results import DirectionCosine, Finding, NotComputed
from brainaging.pipeline.stats.exchangeability import FEWEST_BLOCKS

EXPERIMENT = "directions"


def direction_findings(
    cosines: Sequence[Cosine], encoder: str, common: Mapping[str, Any], truth: float | None = None
) -> list[Finding]:
    """Return every cosine and its permutation p; before them the truth's cosine, where it is known.

    Args:
        cosines: of :func:`brainaging.pipeline.counterfactual.directions.direction_cosines`.
        encoder: whose latents they are in.
        common: experiment, cohort, modality, seed and numbers of people.
        truth: the cosine of the mean true changes in the same latents.
    """
    findings: list[Finding] = []
    baseline: dict[str, Any] = {}
    if truth is not None:
        baseline = {"baseline": "truth", "baseline_value": truth}
        findings.append(
            DirectionCosine(**common, encoder=encoder, covariates="truth", metric="cosine_age_sex", value=truth)
        )
    for cosine in cosines:
        direction = {**common, "encoder": encoder, "covariates": cosine.adjustment}
        findings.append(
            DirectionCosine(
                **direction,
                metric="cosine_age_sex",
                value=cosine.value,
                ci_low=cosine.low,
                ci_high=cosine.high,
                **baseline,
            )
        )
        if np.isnan(cosine.p):
            reason = f"fewer than {FEWEST_BLOCKS} families that can change places with another of the same build"
            findings.append(NotComputed(**common, encoder=encoder, metric="permutation_p", reason=reason))
        else:
            findings.append(DirectionCosine(**direction, metric="permutation_p", value=cosine.p))
    return findings
