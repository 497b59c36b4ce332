"""What a run shows of brains: how they are reconstructed, generated and edited; made from findings, as all is."""

import math
from collections.abc import Sequence

from brainaging.pipeline.report.phrases import baseline_words, shown, with_interval
from brainaging.pipeline.report.selection import alike, of_kind
from brainaging.pipeline.report.sentences import Sentence, against, in_brackets, interval_clause
from brainaging.pipeline.results import (
    Distance,
    EditScore,
    ErrorRatio,
    Finding,
    GeneratorMeasure,
    Measured,
    Reconstruction,
    title,
    words,
)

#: what a score by the simulator's truth cannot show
SHARED_MODEL = (
    "On the template, with velocities as physics, the simulator and the edit share their model (stationary "
    "velocities of B-splines summed in the log domain, a quadratic clock of age, plus and minus half the sex "
    "difference, scaling about the origin, one template, one definition of ventricles), so such a score there "
    "says how well the edit learns that model, and not whether brains of people follow it"
)
#: what is trained on generated brains, and what it gains, by the metric of its gain
_TRAINED = {
    "taught_sex_over_majority": ("A sex classifier", "of accuracy over the majority class"),
    "taught_age_over_mean": ("An age regressor", "years of mean error over the mean age"),
}


def reconstruction_sentences(findings: Sequence[Finding]) -> list[Sentence]:
    """Return how well the autoencoder reconstructs, beside its like first: components fitted to the same scans.

    The baseline is what saw the same images as the network (left-right flips where it had them); ratios to other
    methods follow.
    """
    sentences = []
    for finding in of_kind(findings, Reconstruction):
        if finding.metric not in ("mse", "table_mse") or finding.model != "autoencoder":
            continue
        what = words("target", finding.target)
        start = (
            f"Reconstruction of held-out {what} by the autoencoder: {finding.term.words} "
            f"{shown(finding, finding.value)}"
        )
        text = f"{start} ({interval_clause(finding)}){against(finding)}."
        brief = f"{start}{in_brackets(finding)}{against(finding)}."
        ratios = [
            ratio
            for ratio in of_kind(findings, ErrorRatio)
            if alike(ratio, finding, ("target", "model", "codes")) and ratio.baseline != "mean_brain"
        ]
        ratios.sort(key=lambda ratio: ratio.baseline != finding.baseline)
        clauses = [
            f"{shown(ratio, ratio.value)} times that of {baseline_words(ratio)} ({interval_clause(ratio)})"
            for ratio in ratios
        ]
        if clauses:
            text += f" Its error is {', '.join(clauses)}."
        sentences.append(Sentence(text, finding.verdict, topic="reconstruction", brief=brief))
    return sentences


def edit_sentences(findings: Sequence[Finding]) -> list[Sentence]:
    """Return what edits of held-out brains show: how near they come to the truth, and what a reader sees in them.

    Of the method that deforms a brain; others stand in the section's tables.
    """
    sentences: list[Sentence] = []
    note = f" {SHARED_MODEL}."
    for finding in of_kind(findings, EditScore):
        if finding.people or finding.model != "deformation":
            continue
        edit, value = title("edit", finding.edit), shown(finding, finding.value)
        if finding.metric == "correlation":
            text = f"{edit}: the change of a held-out brain correlates {value} with its true change"
            full = f"{text} ({interval_clause(finding)}){against(finding)}.{note}"
            brief = f"{text}{in_brackets(finding)}{against(finding)}."
            sentences.append(Sentence(full, finding.verdict, topic="edit", brief=brief))
            note = ""
        elif finding.metric == "reader_agreement":
            read = f"{value} of edited brains for the sex asked for"
            text = f"{edit}: a reader takes {read} ({interval_clause(finding)})"
            # no better for agreeing more often than with the truth
            truly = shown(finding, finding.baseline_value)
            sentences.append(
                Sentence(f"{text}; of {words('baseline', finding.baseline)} {truly}." if truly else f"{text}.")
            )
    return sentences


def taught_sentences(findings: Sequence[Finding]) -> list[Sentence]:
    """Return what classifiers and regressors trained on generated brains alone gain, beside those of people."""
    sentences = []
    for finding in of_kind(findings, GeneratorMeasure):
        if finding.metric not in _TRAINED:
            continue
        what, over = _TRAINED[finding.metric]
        # of nothing learned the gain is 0
        verdict = "better" if finding.ci_low > 0 else "worse" if finding.ci_high < 0 else "unclear"
        start = f"{what} trained on brains of the {words('model', finding.model)} alone gains"
        beside = f"trained on people {shown(finding, finding.baseline_value)}"
        value = shown(finding, finding.value)
        text = f"{start} {value} ({interval_clause(finding)}) {over}, {beside}."
        brief = f"{start} {value}{in_brackets(finding)} {over}, {beside}."
        sentences.append(Sentence(text, verdict, topic="generation", brief=brief))
    return sentences


def distance_sentences(findings: Sequence[Finding]) -> list[Sentence]:
    """Return how far a trained GAN's brains are from fresh people's, beside two samples of people.

    Without a verdict: the floor is the best there is.
    """
    sentences = []
    for finding in of_kind(findings, Distance):
        if (finding.model, finding.metric) == ("gan", "frechet") and not math.isnan(finding.baseline_value):
            floor = shown(finding, finding.baseline_value)
            start = f"Brains of the {words('model', finding.model)}: {finding.term.words} from fresh people"
            value, beside = shown(finding, finding.value), f"two samples of people have {floor}"
            text = f"{start} {value} ({interval_clause(finding)}); {beside}."
            brief = f"{start} {value}{in_brackets(finding)}; {beside}."
            sentences.append(Sentence(text, topic="generation", brief=brief))
    return sentences


def adversarial_sentence(findings: Sequence[Finding]) -> str:
    """Return what adversarial training adds to the GAN: distances before and after it, "" where not measured."""
    distances = of_kind(findings, Distance)
    clauses = []
    for metric in ("frechet", "mmd"):
        after, before = (
            next((finding for finding in distances if (finding.model, finding.metric) == (model, metric)), None)
            for model in ("gan", "gan_before_adversarial")
        )
        if after is not None and before is not None:
            both = f"{with_interval(after)}, before it {with_interval(before)}"
            clauses.append(f"{after.term.words} {both}: {_apart(after, before)}")
    return f"With adversarial training: {'; '.join(clauses)}." if clauses else ""


def _apart(after: Measured, before: Measured) -> str:
    if not (after.has_interval and before.has_interval):
        return "without intervals it cannot be told whether it adds anything"
    if after.ci_low <= before.ci_high and before.ci_low <= after.ci_high:
        return "the intervals overlap, so nothing is shown to be gained or lost"
    return "nearer to fresh scans with it" if after.value < before.value else "further from fresh scans with it"
