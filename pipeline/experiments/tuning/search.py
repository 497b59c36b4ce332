"""The search itself: Optuna's trials over a bundle's settings, kept in SQLite, gone on with when typed again."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from brainaging.pipeline.engines import bundle_recipe
from brainaging.pipeline.experiments.tuning.fold_scores import TunedBundle
from brainaging.pipeline.experiments.tuning.varied import Varied
from brainaging.pipeline.runtime import UserError, atomic_output, subseed, text_sha256, write_json

log = logging.getLogger(__name__)
STUDY, TRIALS, BEST_TRIAL = "study.db", "trials.csv", "best.json"
_NAME, _CLAIM, _FOLDS = "brainaging tune", "claim", "folds"


@dataclass(frozen=True)
class Search:
    """A search: what is varied, how often, and what is fixed.

    Attributes:
        varied: the values.
        trials: in all, those of earlier runs counted.
        fixed: values of the config that every trial has, ``epochs`` among them.
    """

    varied: Sequence[Varied]
    trials: int
    fixed: Mapping[str, Any]


def tune(bundle: TunedBundle, search: Search, out: Path) -> pd.DataFrame:
    """Try settings of a bundle, the config's own first, then as Optuna's TPE sampler draws them.

    Every trial is the mean, over grouped folds, of the bundle's own metric on people held out. ``study.db`` keeps
    finished trials; typed again the search goes on, and finished folds of a trial that was stopped are read back.

    Args:
        bundle: with its people.
        search: what is tried.
        out: gets ``study.db``, ``trials.csv``, ``best.json`` and a folder a trial.

    Returns:
        the finished trials, a row each: number, value, sd (over folds), and what was varied; the best first.

    Raises:
        UserError: an id that the config lacks, or ``out`` holds another search.
    """
    own = bundle.defaults([one.name for one in search.varied])
    bundle.defaults(list(search.fixed))
    out.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    direction = StudyDirection.MAXIMIZE if bundle.larger_is_better else StudyDirection.MINIMIZE
    study = optuna.create_study(
        storage=f"sqlite:///{(out / STUDY).resolve()}", study_name=_NAME, direction=direction, load_if_exists=True
    )
    _claim(study, bundle, search, out)
    if not study.trials and all(one.holds(own[one.name]) for one in search.varied):
        study.enqueue_trial(own)
    _forget_stopped(study)
    while (count := len(_finished(study))) < search.trials:
        # drawn from the seed and the number of trials: a search that was stopped draws what it would have
        study.sampler = optuna.samplers.TPESampler(seed=subseed(bundle.seed, "trial", count) % 2**32)
        trial = study.ask()
        settings = {one.name: _drawn(trial, one) for one in search.varied}
        log.info("trial %d of %d: %s", count + 1, search.trials, _words(settings))
        scores = bundle.score(out / "trials" / _folder(settings), {**search.fixed, **settings})
        trial.set_user_attr(_FOLDS, scores)
        study.tell(trial, float(np.mean(scores)))
        log.info("trial %d of %d: %s %.4g", count + 1, search.trials, bundle.metric, np.mean(scores))
    return _write(study, bundle, out)


def _claim(study: optuna.Study, bundle: TunedBundle, search: Search, out: Path) -> None:
    """Hold a study against what it is asked now; UserError where it was another search."""
    people = [[str(item["subject"]), str(item.get("session", ""))] for item in bundle.items]
    claim = {
        **bundle_recipe(bundle.folder),
        "varied": [asdict(one) for one in search.varied],
        "fixed": dict(search.fixed),
        "folds": len(bundle.folds),
        "seed": bundle.seed,
        "people": text_sha256(json.dumps(people)),
    }
    claim = json.loads(json.dumps(claim))
    kept = study.user_attrs.get(_CLAIM)
    if kept is None:
        study.set_user_attr(_CLAIM, claim)
    elif kept != claim:
        differ = sorted(name for name in claim.keys() | kept.keys() if claim.get(name) != kept.get(name))
        raise UserError(f"{out}: holds another search ({', '.join(differ)} differ); choose another --out")


def _forget_stopped(study: optuna.Study) -> None:
    """Queue again what was being tried when an earlier run was stopped."""
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params, skip_if_exists=False)


def _finished(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(states=(TrialState.COMPLETE,))


def _drawn(trial: Trial, one: Varied) -> Any:
    if one.low is None or one.high is None:
        return trial.suggest_categorical(one.name, one.choices)
    if one.is_whole:
        return trial.suggest_int(one.name, int(one.low), int(one.high), log=one.log)
    return trial.suggest_float(one.name, one.low, one.high, log=one.log)


def _folder(settings: Mapping[str, Any]) -> str:
    return text_sha256(json.dumps(settings, sort_keys=True))[:12]


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in settings.items()
    )


def _write(study: optuna.Study, bundle: TunedBundle, out: Path) -> pd.DataFrame:
    rows = [
        {
            "trial": place,
            bundle.metric: trial.value,
            "sd_over_folds": float(np.std(trial.user_attrs[_FOLDS], ddof=1)),
            **trial.params,
        }
        for place, trial in enumerate(_finished(study))
    ]
    table = pd.DataFrame(rows).sort_values(bundle.metric, ascending=not bundle.larger_is_better, kind="stable")
    with atomic_output(out / TRIALS) as temporary:
        table.to_csv(temporary, index=False, float_format="%.6g")
    best = study.best_trial
    facts = {"bundle": bundle.folder.name, "metric": bundle.metric, "value": best.value, "settings": best.params}
    write_json(out / BEST_TRIAL, facts)
    return table.reset_index(drop=True)
