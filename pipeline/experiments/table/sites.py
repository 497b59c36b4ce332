"""Does what was learned at some sites hold at another? Each site held out in turn, and each site's own score."""

from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.experiments.scans.questions import head_size_space
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import majority, mean_age
from brainaging.pipeline.stats.learners.harmonise import combat_spaces
from brainaging.pipeline.stats.predictions import Predictions, impossible, shared_rows
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold
from brainaging.pipeline.stats.table_spaces import table_spaces

SPLIT, TABLE = "leave_one_site_out", "table"
#: a smaller site is trained on and never held out: its score would say nothing
FEWEST = 10


def leave_one_site_out(sites: np.ndarray) -> list[Fold]:
    """Return one fold a site of at least ten people: train on all other sites, test on this one.

    ``sites`` (n,) names, "" unknown (trained on, never tested). None where fewer than two sites are large enough.
    """
    names, counts = np.unique(sites[sites != ""], return_counts=True)
    large = names[counts >= FEWEST]
    if len(names) < 2 or not len(large):
        return []
    return [(np.flatnonzero(sites != name), np.flatnonzero(sites == name)) for name in large]


def site_results(
    sheet: Sheet,
    values: np.ndarray,
    sites: np.ndarray,
    sex: np.ndarray,
    years: np.ndarray,
    groups: np.ndarray,
    seed: int,
    size: np.ndarray,
) -> None:
    """Add sex and age with each site held out: over all people, and for each site; sex beside head size alone.

    Where no site can be held out, or one has no score of its own (small, one sex only, no ages), a row says why.
    R² over all people is about the mean of all, a site's own R² about the site's mean; its
    ``r2_about_training_mean`` sets the error beside that of guessing the other sites' mean age, as its baseline.

    Args:
        sheet: gets the rows.
        values: (n, p) the table.
        sites: (n,) names, "" unknown.
        sex: (n,) "F", "M" or "".
        years: (n,) ages, NaN unknown.
        groups: (n,) groups of the inner folds and of the bootstrap.
        seed: of the inner folds.
        size: (n,) head size in mL, NaN unknown.
    """
    named, counts = np.unique(sites[sites != ""], return_counts=True)
    if not len(named):
        return
    folds = leave_one_site_out(sites)
    if not folds:
        why = "one site only" if len(named) == 1 else f"no site has {FEWEST} people or more"
        sheet.scores("sex", TABLE, LOGISTIC, impossible(why, ("F", "M")), split=SPLIT)
        if np.isfinite(years).any():
            sheet.scores("age_years", TABLE, "ridge", impossible(why), split=SPLIT)
        return
    made = table_spaces(values, folds)
    names = [str(sites[test[0]]) for _, test in folds]
    found = classify(made, sex, groups, seed)
    common = ("majority", majority(made, sex))
    alone = ("head_size", classify([head_size_space(space, size) for space in made], sex, groups, seed))
    if len(alone[1]):
        sheet.scores("sex", "head_size", LOGISTIC, alone[1], split=SPLIT, baseline=common)
    beside = alone if len(alone[1]) else common
    sheet.scores("sex", TABLE, LOGISTIC, found, split=SPLIT, baseline=beside)
    _each(sheet, "sex", LOGISTIC, found, beside, names)
    if np.isfinite(years).any():
        guess = regress(made, years, groups, seed)
        mean = ("mean", mean_age(made, years))
        sheet.scores("age_years", TABLE, "ridge", guess.raw, split=SPLIT, baseline=mean)
        if len(guess.raw):
            _gain(sheet, "ridge", guess.raw, mean, "age_years")
        sheet.scores("age_years", TABLE, "ridge_bias_corrected", guess.corrected, split=SPLIT, baseline=mean)
        _each(sheet, "age_years", "ridge", guess.raw, mean, names)
    small = named[counts < FEWEST]
    for site, count in zip(small, counts[counts < FEWEST], strict=True):
        few = impossible(f"site {site}: {count} people, fewer than {FEWEST}", ("F", "M"))
        sheet.scores("sex", TABLE, LOGISTIC, few, split=SPLIT, experiment=f"site {site}")


def combat_results(
    sheet: Sheet,
    values: np.ndarray,
    folds: Sequence[Fold],
    sites: np.ndarray,
    sex: np.ndarray,
    years: np.ndarray,
    groups: np.ndarray,
    seed: int,
    split: str,
) -> None:
    """Add sex and age after ComBat inside the folds of a split: features "table_combat".

    Age is protected where sex is predicted, sex where age is; people of sites that a training fold lacks are left
    out. Where whole sites are held out that is everyone, and the rows say so.

    Args:
        sheet: gets the rows.
        values, sites, sex, years, groups, seed: as in :func:`site_results`.
        folds: the split's folds.
        split: its name.
    """
    coded = np.select([sex == "M", sex == "F"], [1.0, 0.0], np.nan)
    made = combat_spaces(values, folds, sites, protect=years if np.isfinite(years).any() else None)
    found = classify(made, sex, groups, seed)
    sheet.scores("sex", "table_combat", LOGISTIC, found, split=split, baseline=("majority", majority(made, sex)))
    if np.isfinite(years).any():
        made = combat_spaces(values, folds, sites, protect=coded if np.isfinite(coded).any() else None)
        guess = regress(made, years, groups, seed).raw
        sheet.scores(
            "age_years", "table_combat", "ridge", guess, split=split, baseline=("mean", mean_age(made, years))
        )


def _each(
    sheet: Sheet,
    target: str,
    model: str,
    pred: Predictions,
    baseline: tuple[str, Predictions],
    sites: list[str],
) -> None:
    for number, site in enumerate(sites):
        mine = pred.only(np.flatnonzero(pred.fold == number))
        if not len(mine):
            mine = impossible(f"site {site}: nobody there can be judged", pred.classes)
        elif pred.classes and len(np.unique(mine.truth)) < 2:
            mine = impossible(f"site {site}: {pred.classes[int(mine.truth[0])]} only", pred.classes)
        beside = baseline[0], baseline[1].only(np.flatnonzero(baseline[1].fold == number))
        experiment = f"site {site}"
        sheet.scores(target, TABLE, model, mine, split=SPLIT, experiment=experiment, baseline=beside)
        if len(mine) and not pred.classes:
            _gain(sheet, model, mine, beside, experiment)


def _gain(sheet: Sheet, model: str, pred: Predictions, mean: tuple[str, Predictions], experiment: str) -> None:
    """Add 1 − squared error over that of guessing the training folds' mean age."""

    def gain(given: Predictions, weights: np.ndarray) -> np.ndarray:
        plain = shared_rows(given, mean[1])[1]
        error, spread = (weights @ (given.truth - each.predicted) ** 2 for each in (given, plain))
        return np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), np.nan)

    sheet.scores(
        "age_years",
        TABLE,
        model,
        pred,
        split=SPLIT,
        experiment=experiment,
        baseline=mean,
        metrics={"r2_about_training_mean": gain},
    )
