"""Does what was learned at some sites hold at another? Each site held out in turn, and each site's own score."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from brainaging.pipeline.experiments.feature_sets import FoldedData
from brainaging.pipeline.results import Baseline, Finding, Probe, Scoring
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.runtime import subseed
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import head_size_space, majority, mean_age
from brainaging.pipeline.stats.learners.harmonise import combat_spaces
from brainaging.pipeline.stats.predictions import Predictions, impossible, shared_rows
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold
from brainaging.pipeline.stats.table_spaces import table_spaces

#: a smaller site is trained on and never held out: its score would say nothing
FEWEST = 10
SEX = Probe(target="sex", features="table", model=LOGISTIC, split="leave_one_site_out")
YEARS = Probe(target="age_years", features="table", model="ridge", split="leave_one_site_out")


@dataclass(frozen=True)
class SiteData:
    """A table (n, p) and who its rows are.

    Attributes:
        values: the measures, NaN where missing.
        sites: (n,) names, "" unknown.
        sex: (n,) "F", "M" or "".
        years: (n,) ages, NaN unknown.
        groups: (n,) groups of the inner folds.
        head_size: (n,) mL, NaN unknown.
    """

    values: np.ndarray
    sites: np.ndarray
    sex: np.ndarray
    years: np.ndarray
    groups: np.ndarray
    head_size: np.ndarray

    @classmethod
    def of(cls, data: FoldedData, sites: np.ndarray) -> "SiteData":
        """Return a table's rows with their sites (n,)."""
        people = data.subjects
        return cls(
            data.values,
            sites,
            np.asarray(people.sex, dtype=str),
            people.years,
            np.asarray(people.groups),
            np.asarray(people.head_size, dtype=float),
        )

    def without_groups(self) -> "SiteData":
        """Return the same with everybody a group of their own."""
        return replace(self, groups=np.arange(len(self.groups)))

    @property
    def has_years(self) -> bool:
        """Whether anybody's age is known."""
        return bool(np.isfinite(self.years).any())


def leave_one_site_out(sites: np.ndarray) -> list[Fold]:
    """Return one fold a site of at least ten people: train on all other sites, test on this one.

    ``sites`` (n,) names, "" unknown (trained on, never tested). None where fewer than two sites are large enough.
    """
    names, counts = np.unique(sites[sites != ""], return_counts=True)
    large = names[counts >= FEWEST]
    if len(names) < 2 or not len(large):
        return []
    return [(np.flatnonzero(sites != name), np.flatnonzero(sites == name)) for name in large]


def site_findings(data: SiteData, scoring: Scoring) -> list[Finding]:
    """Return sex and age with each site held out: over all people, and for each site; sex beside head size alone.

    Where no site can be held out, or one has no score of its own (small, one sex only, no ages), a finding says
    why. R² over all people is about the mean of all, a site's own R² about the site's mean; its
    ``r2_about_training_mean`` sets the error beside that of guessing the other sites' mean age, as its baseline.
    """
    named, counts = np.unique(data.sites[data.sites != ""], return_counts=True)
    if not len(named):
        return []
    folds = leave_one_site_out(data.sites)
    if not folds:
        why = "one site only" if len(named) == 1 else f"no site has {FEWEST} people or more"
        findings = scoring.scores(SEX, impossible(why, ("F", "M")))
        return findings + (scoring.scores(YEARS, impossible(why)) if data.has_years else [])
    findings = _held_out(data, folds, scoring)
    for site, count in zip(named[counts < FEWEST], counts[counts < FEWEST], strict=True):
        few = impossible(f"{count} people, fewer than {FEWEST}", ("F", "M"))
        findings += scoring.scores(replace(SEX, site=str(site)), few)
    return findings


def _held_out(data: SiteData, folds: Sequence[Fold], scoring: Scoring) -> list[Finding]:
    seed = subseed(scoring.seed, "inner folds")
    spaces = table_spaces(data.values, folds)
    names = [str(data.sites[test[0]]) for _, test in folds]
    common = Baseline("majority", majority(spaces, data.sex))
    sized = [head_size_space(space, data.head_size) for space in spaces]
    by_size = Baseline("head_size", classify(sized, data.sex, data.groups, seed))
    predicted = classify(spaces, data.sex, data.groups, seed)
    findings: list[Finding] = []
    if len(by_size.predictions):
        findings += scoring.scores(replace(SEX, features="head_size"), by_size.predictions, common)
    baseline = by_size if len(by_size.predictions) else common
    findings += scoring.scores(SEX, predicted, baseline)
    findings += _each(SEX, predicted, baseline, names, scoring)
    if data.has_years:
        years = regress(spaces, data.years, data.groups, seed)
        mean = Baseline("mean", mean_age(spaces, data.years))
        findings += scoring.scores(YEARS, years.raw, mean)
        if len(years.raw):
            findings += _gain(YEARS, years.raw, mean, scoring)
        findings += scoring.scores(replace(YEARS, adjustment="bias_corrected"), years.corrected, mean)
        findings += _each(YEARS, years.raw, mean, names, scoring)
    return findings


def combat_findings(data: SiteData, folds: Sequence[Fold], scoring: Scoring, split: str) -> list[Finding]:
    """Return sex and age after ComBat inside the folds of a split.

    Age is protected where sex is predicted, sex where age is; people of sites that a training fold lacks are left
    out. Where whole sites are held out that is everyone, and the findings say so.
    """
    seed = subseed(scoring.seed, "inner folds")
    coded = np.select([data.sex == "M", data.sex == "F"], [1.0, 0.0], np.nan)
    spaces = combat_spaces(data.values, folds, data.sites, protect=data.years if data.has_years else None)
    predicted = classify(spaces, data.sex, data.groups, seed)
    probe = replace(SEX, adjustment="combat", split=split)
    findings = scoring.scores(probe, predicted, Baseline("majority", majority(spaces, data.sex)))
    if data.has_years:
        protected = coded if np.isfinite(coded).any() else None
        spaces = combat_spaces(data.values, folds, data.sites, protect=protected)
        years = regress(spaces, data.years, data.groups, seed).raw
        probe = replace(YEARS, adjustment="combat", split=split)
        findings += scoring.scores(probe, years, Baseline("mean", mean_age(spaces, data.years)))
    return findings


def _each(
    probe: Probe, pred: Predictions, baseline: Baseline, sites: Sequence[str], scoring: Scoring
) -> list[Finding]:
    findings: list[Finding] = []
    for number, site in enumerate(sites):
        own = pred.only(np.flatnonzero(pred.fold == number))
        if not len(own):
            own = impossible("nobody there can be tested", pred.classes)
        elif pred.classes and len(np.unique(own.truth)) < 2:
            own = impossible(f"{pred.classes[int(own.truth[0])]} only", pred.classes)
        same = baseline.predictions.only(np.flatnonzero(baseline.predictions.fold == number))
        theirs, here = Baseline(baseline.code, same), replace(probe, site=site)
        findings += scoring.scores(here, own, theirs)
        if len(own) and not pred.classes:
            findings += _gain(here, own, theirs, scoring)
    return findings


def _gain(probe: Probe, pred: Predictions, mean: Baseline, scoring: Scoring) -> list[Finding]:
    """Return 1 − squared error over that of guessing the training folds' mean age."""

    def gain(scored: Predictions, weights: np.ndarray) -> np.ndarray:
        plain = shared_rows(scored, mean.predictions)[1]
        error, spread = (weights @ (scored.truth - each.predicted) ** 2 for each in (scored, plain))
        return np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), np.nan)

    return scoring.scores(probe, pred, mean, metrics={"r2_about_training_mean": gain})
