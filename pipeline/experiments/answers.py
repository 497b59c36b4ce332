"""Answers questions: features of folds → predictions → scores → findings, one way and in this order."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from brainaging.pipeline.experiments.questions import Question
from brainaging.pipeline.results import Baseline, Finding, Probe, Scoring
from brainaging.pipeline.runtime import counted, generator, subseed
from brainaging.pipeline.stats.baselines import majority, mean_age
from brainaging.pipeline.stats.learners.age_models import YEAR_MODELS, regress_by
from brainaging.pipeline.stats.learners.model_grid import cross_validate
from brainaging.pipeline.stats.learners.ordinal import classify_ordinal
from brainaging.pipeline.stats.permutation import permutation_test
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify

log = logging.getLogger(__name__)
CORRECTED = "bias_corrected"


def answer(
    questions: Sequence[Question], scoring: Scoring, permutations: int, trees: int | None = None
) -> tuple[dict[Probe, Predictions], list[Finding]]:
    """Return the predictions of every question by its probe, and their findings in the questions' order.

    Args:
        questions: all of one experiment; a baseline or reference is a question too.
        scoring: of the cohort.
        permutations: relabellings of a permutation test.
        trees: of a random forest; None for :data:`~brainaging.pipeline.stats.learners.model_grid.TREES`.
    """
    predictions = predict(questions, subseed(scoring.seed, "inner folds"), trees)
    return predictions, score(questions, predictions, scoring, permutations)


def predict(questions: Sequence[Question], seed: int, trees: int | None = None) -> dict[Probe, Predictions]:
    """Return out-of-fold predictions by probe; ``seed`` is that of inner folds and forests."""
    out: dict[Probe, Predictions] = {}
    for question in counted(questions, "answering questions", announce=False):
        probe = question.probe
        if probe in out:
            continue
        log.info("%s from %s by %s, %s", probe.target, probe.features, probe.model, probe.split)
        if probe.model in YEAR_MODELS:
            # one fit gives both: the line of a correction comes from the same inner folds
            years = regress_by(probe.model, question.spaces, question.labels, question.groups, seed)
            raw = replace(probe, adjustment="") if probe.adjustment == CORRECTED else probe
            out[raw] = years.raw
            if not raw.adjustment:
                out[replace(raw, adjustment=CORRECTED)] = years.corrected
        else:
            out[probe] = _predicted(question, seed, trees)
    return out


def _predicted(question: Question, seed: int, trees: int | None) -> Predictions:
    model, spaces, labels, groups = question.probe.model, question.spaces, question.labels, question.groups
    if model == "majority":
        return majority(spaces, labels)
    if model == "mean":
        return mean_age(spaces, labels, question.strata)
    if model == "logistic_regression":
        return classify(spaces, labels, groups, seed)
    if model == "ordinal_logistic":
        return classify_ordinal(spaces, labels, groups, seed)
    return cross_validate(model, spaces, labels, groups, seed, trees)


def score(
    questions: Sequence[Question],
    predictions: Mapping[Probe, Predictions],
    scoring: Scoring,
    permutations: int,
) -> list[Finding]:
    """Return the scores of predictions, their permutation tests and their differences."""
    findings: list[Finding] = []
    for question in counted(questions, "scoring answers"):
        if not question.is_scored:
            continue
        pred = predictions[question.probe]
        baseline = baseline_of(question, predictions)
        findings += scoring.scores(question.probe, pred, baseline, metrics=question.metrics)
        if question.stream:
            rng = generator(scoring.seed, *question.stream)
            test = permutation_test(question.spaces, question.labels, question.groups, rng, permutations)
            findings += scoring.permutation(replace(question.probe, model="ridge"), test, pred)
        for contrast in question.contrasts:
            findings += scoring.differences(
                question.probe, contrast.contrast, contrast.reference, pred, predictions[contrast.probe]
            )
    return findings


def baseline_of(question: Question, predictions: Mapping[Probe, Predictions]) -> Baseline | None:
    """Return the first baseline that could be predicted, the last where none could; None of no baselines."""
    baselines = [
        Baseline(baseline_code(probe), predictions[probe]) for probe in question.baselines if probe in predictions
    ]
    for baseline in baselines:
        if len(baseline.predictions):
            return baseline
    return baselines[-1] if baselines else None


def baseline_code(probe: Probe) -> str:
    """Return what a probe is called as a baseline: head size alone by its features, others by their model."""
    return (probe.adjustment or probe.features) if probe.features == "head_size" else probe.model
