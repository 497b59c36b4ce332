"""Does what was learned at some sites hold at another? Each site held out, each site's own score, ComBat."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.experiments.answers import CORRECTED, baseline_of
from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.experiments.questions import Question
from brainaging.pipeline.results import Baseline, Finding, Probe, Scoring
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.stats.baselines import head_size_space
from brainaging.pipeline.stats.learners.harmonise import combat_spaces
from brainaging.pipeline.stats.predictions import Predictions, impossible, shared_rows
from brainaging.pipeline.stats.sample_space import Fold
from brainaging.pipeline.stats.table_spaces import table_spaces

#: a smaller site is trained on and never held out: its score would say nothing
FEWEST = 10
SEX = Probe(target="sex", features="table", model=LOGISTIC, split="leave_one_site_out")
YEARS = Probe(target="age_years", features="table", model="ridge", split="leave_one_site_out")


def leave_one_site_out(sites: np.ndarray) -> list[Fold]:
    """Return one fold a site of at least ten people: train on all other sites, test on this one.

    ``sites`` (n,) names, "" unknown (trained on, never tested). None where fewer than two sites are large enough.
    """
    names, counts = np.unique(sites[sites != ""], return_counts=True)
    large = names[counts >= FEWEST]
    if len(names) < 2 or not len(large):
        return []
    return [(np.flatnonzero(sites != name), np.flatnonzero(sites == name)) for name in large]


def site_questions(data: FoldedData, sites: np.ndarray) -> Iterator[Question]:
    """Sex and age with each site held out, sex beside head size alone; none where no site can be held out.

    Args:
        data: measures (n, p) and whose they are.
        sites: (n,) names, "" unknown.
    """
    folds = leave_one_site_out(sites)
    if not folds:
        return
    spaces = table_spaces(data.values, folds)
    sex, years, groups = _labels(data)
    size = np.asarray(data.subjects.head_size, dtype=float)
    common = replace(SEX, features="none", model="majority")
    by_size = replace(SEX, features="head_size")
    sized = [head_size_space(space, size) for space in spaces]
    yield Question(common, spaces, sex, groups, is_scored=False)
    yield Question(by_size, sized, sex, groups, (common,), is_scored=bool(np.isfinite(size).any()))
    yield Question(SEX, spaces, sex, groups, (by_size, common))
    if np.isfinite(years).any():
        mean = replace(YEARS, features="none", model="mean")
        yield Question(mean, spaces, years, groups, is_scored=False)
        yield Question(YEARS, spaces, years, groups, (mean,))
        yield Question(replace(YEARS, adjustment=CORRECTED), spaces, years, groups, (mean,))


def combat_questions(data: FoldedData, sites: np.ndarray) -> Iterator[Question]:
    """Sex and age after ComBat inside the grouped and the random folds.

    Age is protected where sex is predicted, sex where age is; people of sites that a training fold lacks are left
    out. Where whole sites are held out that is everyone, and the findings say so.

    Args:
        data: measures (n, p), whose they are, and their folds.
        sites: (n,) names, "" unknown.

    Raises:
        UserError: as :func:`~brainaging.pipeline.stats.learners.harmonise.check_combat`.
    """
    sex, years, groups = _labels(data)
    coded = np.select([sex == "M", sex == "F"], [1.0, 0.0], np.nan)
    splits = {"grouped": (data.folds, groups), "random": (data.random_folds, np.arange(len(sites)))}
    for split, (folds, together) in splits.items():
        spaces = combat_spaces(data.values, folds, sites, protect=years if np.isfinite(years).any() else None)
        probe = replace(SEX, adjustment="combat", split=split)
        common = replace(probe, features="none", model="majority")
        yield Question(common, spaces, sex, together, is_scored=False)
        yield Question(probe, spaces, sex, together, (common,))
        if np.isfinite(years).any():
            protect = coded if np.isfinite(coded).any() else None
            spaces = combat_spaces(data.values, folds, sites, protect=protect)
            probe = replace(YEARS, adjustment="combat", split=split)
            mean = replace(probe, features="none", model="mean")
            yield Question(mean, spaces, years, together, is_scored=False)
            yield Question(probe, spaces, years, together, (mean,))


def each_site(
    questions: Sequence[Question],
    predictions: Mapping[Probe, Predictions],
    data: FoldedData,
    sites: np.ndarray,
    scoring: Scoring,
) -> list[Finding]:
    """Return every site's own score, from the predictions of :func:`site_questions`.

    Where no site can be held out, or one has no score of its own (small, one sex only, no ages), a finding says
    why. R² over all people is about the mean of all, a site's own R² about the site's mean; its
    ``r2_about_training_mean`` sets the error beside that of guessing the other sites' mean age, as its baseline.
    """
    named, counts = np.unique(sites[sites != ""], return_counts=True)
    if not len(named):
        return []
    if not questions:
        why = "one site only" if len(named) == 1 else f"no site has {FEWEST} people or more"
        findings = scoring.scores(SEX, impossible(why, ("F", "M")))
        has_years = np.isfinite(data.subjects.years).any()
        return findings + (scoring.scores(YEARS, impossible(why)) if has_years else [])
    large = [str(site) for site in named[counts >= FEWEST]]
    findings = []
    for question in questions:
        baseline = baseline_of(question, predictions)
        if question.probe not in (SEX, YEARS) or baseline is None:
            continue
        predicted = predictions[question.probe]
        if len(predicted) and not predicted.classes:
            findings += _about_training_mean(question.probe, predicted, baseline, scoring)
        for number, site in enumerate(large):
            findings += _one_site(replace(question.probe, site=site), number, predicted, baseline, scoring)
    for site, count in zip(named[counts < FEWEST], counts[counts < FEWEST], strict=True):
        few = impossible(f"{count} people, fewer than {FEWEST}", ("F", "M"))
        findings += scoring.scores(replace(SEX, site=str(site)), few)
    return findings


def _labels(data: FoldedData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sex (n,), years (n,) and the groups of the inner folds (n,)."""
    people = data.subjects
    return np.asarray(people.sex, dtype=str), people.years, np.asarray(people.groups)


def _one_site(probe: Probe, number: int, pred: Predictions, baseline: Baseline, scoring: Scoring) -> list[Finding]:
    """Return the scores of the site of one fold, or why it has none."""
    own = pred.only(np.flatnonzero(pred.fold == number))
    if not len(own):
        own = impossible("nobody there can be tested", pred.classes)
    elif pred.classes and len(np.unique(own.truth)) < 2:
        own = impossible(f"{pred.classes[int(own.truth[0])]} only", pred.classes)
    same = baseline.predictions.only(np.flatnonzero(baseline.predictions.fold == number))
    theirs = Baseline(baseline.code, same)
    findings = scoring.scores(probe, own, theirs)
    if len(own) and not pred.classes:
        findings += _about_training_mean(probe, own, theirs, scoring)
    return findings


def _about_training_mean(probe: Probe, pred: Predictions, mean: Baseline, scoring: Scoring) -> list[Finding]:
    """Return 1 − squared error over that of guessing the training folds' mean age."""

    def gain(scored: Predictions, weights: np.ndarray) -> np.ndarray:
        plain = shared_rows(scored, mean.predictions)[1]
        error, spread = (weights @ (scored.truth - each.predicted) ** 2 for each in (scored, plain))
        return np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), np.nan)

    return scoring.scores(probe, pred, mean, metrics={"r2_about_training_mean": gain})
