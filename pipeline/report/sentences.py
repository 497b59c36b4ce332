"""What a run shows, in plain sentences made from its findings: no outcome is written here in advance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from brainaging.pipeline.report.phrases import (
    axis,
    baseline_words,
    capital,
    features_words,
    number,
    shown,
    source,
    span,
    subject,
)
from brainaging.pipeline.report.selection import (
    HEAD_SIZE_OUT,
    THING,
    alike,
    fields_of,
    headline,
    is_unseen_site,
    kind_of_target,
    merged_repeats,
    modalities,
    one_model_each,
    preference,
)
from brainaging.pipeline.results import Compared, Difference, Finding, Measured, PermutationP, Probe, Score, words

#: features that are baselines and no findings
_COVARIATES = ("head_size", "sex")
_HEAD_SIZE_OPENINGS = {
    "head_size_residualised": "With head size regressed out",
    "head_size_matched": "Among women and men matched for head size",
    "head_size_proportional": "With measures as shares of head size",
}
_ROTATION = (
    "a rotation, not a finding: the latents have as many codes as the training subjects span and lose nothing of "
    "them; what is left of a difference comes of how models are fitted"
)


@dataclass(frozen=True)
class Sentence:
    """One finding, and how it stands to its baseline ("better", "worse", "unclear" or "").

    ``main`` says whether it is about a question of the study or a finer point of one. ``topic`` is what it is
    about ("sex", "age", "reconstruction", "edit", "generation") where it may open the page, in words ``brief``.
    """

    text: str
    verdict: str = ""
    main: bool = True
    topic: str = ""
    brief: str = ""


def prediction_sentences(findings: Sequence[Finding], *, simulated: bool = False) -> list[Sentence]:
    """Return what is predicted of sex and then of age: scores, unseen sites and differences.

    After them come the finer ones: head size taken out, and what a random split leaks.
    """
    everything = merged_repeats(findings)
    chosen = one_model_each([score for score in headline(findings) if score.features not in _COVARIATES])
    several = len(modalities(findings)) > 1
    sentences: list[Sentence] = []
    more: list[Sentence] = []
    rotations: list[Difference] = []
    for kind in ("sex", "age"):
        for modality in modalities(findings):
            here = [
                finding for finding in everything if finding.modality == modality and isinstance(finding, Probe)
            ]
            mine = [
                finding for finding in chosen if kind_of_target(finding) == kind and finding.modality == modality
            ]
            plain = [finding for finding in mine if finding.adjustment not in HEAD_SIZE_OUT]
            for score in plain:
                sentence = _prediction(score, here, several, everything.get(score, 1))
                sentences.append(replace(sentence, text=sentence.text + _original(score, simulated)))
            sentences += _unseen_sites(here, plain, several)
            differences = _differences(here, kind)
            rotations += [finding for finding in differences if finding.is_rotation]
            sentences += [_difference(finding, several) for finding in differences if not finding.is_rotation]
            more += _without_head_size(mine, several)
            more += _leaks(here, plain, several)
    sentences += _rotations(rotations, several)
    return sentences + [replace(sentence, main=False) for sentence in more]


def interval_clause(finding: Measured) -> str:
    """Return "95 % interval 0.880 to 0.920", or that there is none."""
    return f"95 % interval {span(finding)}" if finding.has_interval else "no interval given"


def in_brackets(finding: Measured) -> str:
    """Return " (0.880 to 0.920)", "" where there is no interval."""
    return f" ({span(finding)})" if finding.has_interval else ""


def against(finding: Compared) -> str:
    """Return the clause that sets a finding beside its baseline, "" where it has none."""
    if math.isnan(finding.baseline_value):
        return ""
    name = f"{baseline_words(finding)} ({shown(finding, finding.baseline_value)})"
    better, worse = ("above", "below") if finding.term.higher_is_better else ("below", "above")
    clauses = {
        "better": f", {better} {name}",
        "worse": f", {worse} {name}",
        "unclear": f": not {better} {name}, which the interval includes",
        "": f"; its baseline is {name}",
    }
    return clauses[finding.verdict]


def _zero(finding: Measured) -> str:
    if not finding.has_interval:
        return ""
    includes = finding.ci_low <= 0 <= finding.ci_high
    return f": the interval {'includes' if includes else 'excludes'} zero"


def _signed(value: float, family: str = "difference") -> str:
    return ("+" if value > 0 else "") + number(value, family)


def _about(score: Score, several: bool) -> str:
    return f"{subject(score)}{source(score, several=several)}"


def _prediction(score: Score, probes: Sequence[Measured], several: bool, repeats: int) -> Sentence:
    unit = f" {score.term.unit}" if score.term.unit else ""
    mean = f", mean over {repeats} seeds" if repeats > 1 else ""
    # a headline only where there is no grouped split of the same thing
    loose = ", split at random" if score.is_random_split else ""
    what = f"{_about(score, several)}{loose}: {score.term.words} {shown(score, score.value)}{unit}"
    text = f"{what} ({interval_clause(score)}{mean}){against(score)}."
    brief = f"{what}{in_brackets(score)}{against(score)}."
    features = [name for name in THING if name != "model"]
    also = [
        f"{candidate.term.words} {shown(candidate, candidate.value)}"
        for candidate in probes
        if alike(candidate, score, features)
        and (
            isinstance(candidate, PermutationP)
            or (
                isinstance(candidate, Score)
                and candidate.metric != score.metric
                and alike(candidate, score, ("model", "split"))
                and preference(candidate) < 99
            )
        )
    ]
    if also:
        text += f" Also: {', '.join(also)}."
    return Sentence(text, score.verdict, topic=kind_of_target(score), brief=brief)


def _original(score: Score, simulated: bool) -> str:
    if math.isnan(score.original_value):
        return ""
    tuned = ", which the simulated effects were set to meet" if simulated else ""
    return f" The original work reported {shown(score, score.original_value)}{tuned}."


def _differences(probes: Sequence[Measured], kind: str) -> list[Difference]:
    """Return the differences of features, one metric each."""
    chosen: dict[tuple[object, ...], Difference] = {}
    for finding in probes:
        if isinstance(finding, Difference) and finding.contrast == "features" and kind_of_target(finding) == kind:
            same = (*fields_of(finding, THING), finding.reference, finding.split)
            first = same not in chosen or preference(finding) < preference(chosen[same])
            if first and not finding.is_random_split:
                chosen[same] = finding
    return [finding for finding in chosen.values() if preference(finding) < 99]


def _difference(finding: Difference, several: bool) -> Sentence:
    """Return a difference with its interval; of anything but plain latents it can be unfolded."""
    split = "" if finding.split == "grouped" else f", {words('split', finding.split)}"
    value = f"{finding.term.words} {_signed(finding.value, axis(finding))}"
    about = f"{subject(finding)}{source(finding, several=several)}{split}"
    main = finding.features == "latents" and not split
    return Sentence(f"{about}: {value} ({interval_clause(finding)}){_zero(finding)}.", main=main)


def _rotations(differences: Sequence[Difference], several: bool) -> list[Sentence]:
    """Return one sentence for each kind of latents whose differences only rotate what they are compared with."""
    names = ("modality", "features", "encoder", "codes", "adjustment", "reference", "split")
    sentences = []
    for rotation in dict.fromkeys(fields_of(finding, names) for finding in differences):
        mine = [finding for finding in differences if fields_of(finding, names) == rotation]
        what = source(mine[0], several=several).lstrip(", ")
        values = [
            f"{subject(finding)}: {finding.term.words} {_signed(finding.value, axis(finding))}" for finding in mine
        ]
        sentences.append(Sentence(f"{capital(what)}: {_ROTATION} ({'; '.join(values)})."))
    return sentences


def _unseen_sites(probes: Sequence[Measured], main: Sequence[Score], several: bool) -> list[Sentence]:
    """Return what is left of each headline number at sites that the model has not seen."""
    same = (*[name for name in THING if name != "experiment"], "metric")
    sentences = []
    for score in main:
        away = [
            finding
            for finding in probes
            if isinstance(finding, Score) and is_unseen_site(finding) and alike(finding, score, same)
        ]
        if away and not is_unseen_site(score):
            text = (
                f"{_about(score, several)}, at sites that the model has not seen: {score.term.words} "
                f"{shown(away[0], away[0].value)} ({interval_clause(away[0])}) instead of "
                f"{shown(score, score.value)}{against(away[0])}."
            )
            sentences.append(Sentence(text, away[0].verdict))
    return sentences


def _without_head_size(scores: Sequence[Score], several: bool) -> list[Sentence]:
    """Return one sentence for each way of taking head size out, over all kinds of features."""
    sentences = []
    for adjustment in HEAD_SIZE_OUT:
        mine = [score for score in scores if score.adjustment == adjustment]
        clauses = [
            f"{finding.term.words} {shown(finding, finding.value)} from "
            f"{features_words(replace(finding, adjustment=''), finding.modality if several else '')} "
            f"({interval_clause(finding)}){against(finding)}"
            for finding in mine
        ]
        if clauses:
            verdicts = {score.verdict for score in mine}
            verdict = verdicts.pop() if len(verdicts) == 1 else ""
            target = words("target", mine[0].target)
            text = f"{_HEAD_SIZE_OPENINGS[adjustment]}, {target}: {'; '.join(clauses)}."
            sentences.append(Sentence(text, verdict))
    return sentences


def _leaks(probes: Sequence[Measured], main: Sequence[Score], several: bool) -> list[Sentence]:
    """Return what a random split adds to each headline number, with its interval."""
    sentences = []
    for score in main:
        same = [finding for finding in probes if alike(finding, score, (*THING, "metric"))]
        random = next(
            (finding for finding in same if isinstance(finding, Score) and finding.is_random_split), None
        )
        leak = next(
            (finding for finding in same if isinstance(finding, Difference) and finding.contrast == "split"), None
        )
        if score.is_random_split or (leak is None and random is None):
            continue
        who = "people of one site" if is_unseen_site(score) else "relatives"
        parts = [f"{shown(random, random.value)} instead of {shown(score, score.value)}"] if random else []
        if leak is not None:
            parts.append(f"a leak of {_signed(leak.value, axis(leak))} ({interval_clause(leak)}){_zero(leak)}")
        sentences.append(
            Sentence(
                f"{_about(score, several)}, split at random so that {who} stand on both sides: {score.term.words} "
                f"{', '.join(parts)}."
            )
        )
    return sentences
