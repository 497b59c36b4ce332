"""The results: the headline at a glance, then every finding grouped by experiment."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from brainaging.pipeline.report.drawing.dotplot import Block, blocks
from brainaging.pipeline.report.phrases import TUNED, features_words, source, subject
from brainaging.pipeline.report.sections import Content
from brainaging.pipeline.report.selection import (
    HEAD_SIZE_OUT,
    headline,
    kind_of_target,
    merged_repeats,
    modalities,
    one_model_each,
)
from brainaging.pipeline.results import Finding, Measured, NotComputed, Reconstruction, title, words

# More rows at a glance are no glance.
MOST_AT_A_GLANCE = 16
# A longer list starts folded: the numbers that speak stand above it.
MOST_OPEN = 40


@dataclass(frozen=True)
class ExperimentTable:
    """One experiment's findings in blocks that share an axis, and what of it could not be computed."""

    name: str
    blocks: list[Block]
    count: int
    not_computed: list[str]


def results_content(findings: Sequence[Finding], *, simulated: bool = False) -> Content:
    """Return the results section.

    Args:
        findings: of the run, but those on synthetic brains and on edits.
        simulated: whether the cohort is; what the original reported is then said to have set its effects.
    """
    several = len(modalities(findings)) > 1
    experiments = []
    for experiment, modality in dict.fromkeys(_place(finding) for finding in findings):
        mine = [finding for finding in findings if _place(finding) == (experiment, modality)]
        values = [finding for finding in mine if isinstance(finding, Measured) and not math.isnan(finding.value)]
        missing = [
            _missing(finding) for finding in mine if not isinstance(finding, Measured) or math.isnan(finding.value)
        ]
        name = experiment + (f" ({words('modality', modality)})" if several else "")
        experiments.append(ExperimentTable(name, blocks(values), len(values), missing))
    glance = at_a_glance(findings)
    repeats = merged_repeats(findings)
    extra = {
        "glance": blocks({finding: repeats.get(finding, 1) for finding in glance}, several=several),
        "experiments": experiments,
        "seeds": len({finding.seed for finding in findings}) > 1,
        "open": len(findings) <= MOST_OPEN,
        "tuned": f"{TUNED}." if simulated else "",
    }
    return Content(extra=extra)


def _place(finding: Finding) -> tuple[str, str]:
    """Return the heading and the modality under which a finding stands; all sites' own stand together."""
    heading = "Each site by itself" if getattr(finding, "site", "") else title("experiment", finding.experiment)
    return (heading, finding.modality)


def _missing(finding: Finding) -> str:
    metric = words("metric", getattr(finding, "metric", ""))
    what = f"{subject(finding)}{_features(finding)}{f', {metric}' if metric else ''}"
    return f"{what}: {finding.reason if isinstance(finding, NotComputed) else 'not defined'}"


def _features(finding: Finding) -> str:
    if isinstance(finding, NotComputed):
        return f" from {text}" if (text := features_words(finding)) else ""
    return source(finding)


def at_a_glance(findings: Sequence[Finding]) -> list[Measured]:
    """Return the headline predictions and the reconstruction errors that have a baseline, at most sixteen each.

    One model stands for each target and kind of features; the grid of models has a figure of its own.
    """
    predictions = one_model_each(headline(findings))
    ranked = sorted(
        predictions, key=lambda finding: (math.isnan(finding.original_value), finding.adjustment in HEAD_SIZE_OUT)
    )
    ranked = ranked[:MOST_AT_A_GLANCE]
    kept = [score for score in predictions if any(score is other for other in ranked)]
    kept.sort(key=lambda score: (kind_of_target(score) != "sex", score.target))
    errors = [
        finding
        for finding in merged_repeats(findings)
        if isinstance(finding, Reconstruction)
        and finding.metric in ("mse", "table_mse")
        and finding.model != "mean_brain"
    ]
    return [*kept, *errors[:MOST_AT_A_GLANCE]]
