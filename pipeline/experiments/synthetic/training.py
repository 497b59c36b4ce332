"""Networks of the experiment, trained or read back."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from brainaging.pipeline.data import (
    Prepared,
    holdout,
    person_covariates,
    sex_numbers,
    with_covariates,
    with_labels,
    with_sex,
)
from brainaging.pipeline.engines import bundle_code, bundle_recipe, load_network, train_bundle
from brainaging.pipeline.handlers import BEST, LAST
from brainaging.pipeline.runtime import KeptWork, file_sha256, subseed, text_sha256

log = logging.getLogger(__name__)
VALIDATION_SHARE = 0.1
#: validation scans below which a tenth is too few to compare brains with, and the share they may take
FEWEST, MOST_SHARE = 5, 0.25


@dataclass(frozen=True)
class Learner:
    """A bundle, as one network of the experiment uses it.

    Attributes:
        name: folder of its weights, and what it is called in curves.
        bundle: the bundle's folder.
        epochs: passes over its training scans.
        overrides: config values.
        stream: of validation subjects: two learners with other streams leave out other people.
        sexed: whether training scans carry their sex, for a generator's latents.
        covariates: the design of what scans carry with them, such as ``age + sex``; "" for none.
        weights: files that are kept of it, the best first.
    """

    name: str
    bundle: Path
    epochs: int
    overrides: Mapping[str, Any]
    stream: str = "validation"
    sexed: bool = False
    covariates: str = ""
    weights: tuple[str, ...] = (BEST,)


@dataclass(frozen=True)
class Training:
    """Where networks are trained, on whose scans.

    Attributes:
        prepared: the cohort.
        volumes: (n, X, Y, Z), its scans.
        models: folder of all weights.
        seed: of weights and of the choice of validation subjects.
    """

    prepared: Prepared
    volumes: np.ndarray
    models: Path
    seed: int

    def network(
        self, learner: Learner, rows: np.ndarray, fold: int = 0, labels: np.ndarray | None = None
    ) -> nn.Module:
        """Return a network trained on some rows of the cohort; one that was trained before is read back.

        A tenth of the rows' groups (more of a small cohort) chooses the epoch and trains no weight.

        Args:
            learner: what is trained.
            rows: training rows.
            fold: number of the fold.
            labels: (n,) of every row, for predictors: class numbers (−1 unknown) or years (NaN unknown).

        Raises:
            UserError: the folder holds weights of another run, or of other code.
        """
        folder = self.folder(learner, fold)
        fit, choose = self._halves(learner, rows, fold)
        scans, choosers = self.prepared.datalist(fit), self.prepared.datalist(choose)
        if labels is not None:
            scans, choosers = with_labels(scans, labels[fit]), with_labels(choosers, labels[choose])
        elif learner.sexed:
            scans = with_sex(scans, sex_numbers(self.prepared.cohort)[fit])
        if learner.covariates:
            known = person_covariates(self.prepared, learner.covariates)
            scans, choosers = with_covariates(scans, known[fit]), with_covariates(choosers, known[choose])
        work = KeptWork(
            folder, self._recipe(learner, rows, fold, labels), code=[__name__, *bundle_code(learner.bundle)]
        )
        if not work.finished:
            log.info("%s, fold %d: training on %d scans", learner.name, fold, len(scans))
            train_bundle(
                learner.bundle,
                folder,
                scans,
                choosers,
                dataset_dir=str(self.prepared.folder),
                experiment=learner.name,
                fold=fold,
                epochs=learner.epochs,
                seed=subseed(self.seed, "weights", fold),
                **learner.overrides,
            )
            work.finish(*learner.weights)
            (folder / LAST).unlink(missing_ok=True)  # of use only to a network that is not finished
        return self.kept(learner, BEST, fold)

    def kept(self, learner: Learner, weights: str, fold: int = 0) -> nn.Module:
        """Return a trained network with one of the files of weights that are kept of it."""
        path = self.folder(learner, fold) / weights
        return load_network(learner.bundle, path, dataset_dir=str(self.prepared.folder))

    def folder(self, learner: Learner, fold: int = 0) -> Path:
        """Return where the weights lie."""
        return self.models / learner.name / f"fold-{fold}"

    @cached_property
    def _content(self) -> str:
        return hashlib.sha256(np.ascontiguousarray(self.volumes).data).hexdigest()

    def _halves(self, learner: Learner, rows: np.ndarray, fold: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows that train weights, and those that choose the epoch."""
        cohort = self.prepared.cohort
        share = max(VALIDATION_SHARE, min(MOST_SHARE, FEWEST / len(rows)))
        parts = holdout(
            cohort.groups()[rows],
            (1 - share, share),
            cohort.strata()[rows],
            subseed(self.seed, learner.stream, fold),
        )
        return rows[parts["train"]], rows[parts["test"]]

    def _recipe(
        self, learner: Learner, rows: np.ndarray, fold: int, labels: np.ndarray | None
    ) -> dict[str, object]:
        known = person_covariates(self.prepared, learner.covariates)[rows] if learner.covariates else None
        of_people = {} if known is None else {"covariates": hashlib.sha256(known.tobytes()).hexdigest()}
        return (
            bundle_recipe(learner.bundle)
            | of_people
            | {
                "grid": self.prepared.fingerprint,
                "cohort": self.prepared.cohort.digest,
                "epochs": learner.epochs,
                "seed": self.seed,
                "fold": fold,
                "subjects": text_sha256(json.dumps(np.asarray(rows).tolist())),
                "volumes": self._content,
                "labels": "" if labels is None else text_sha256(json.dumps(np.asarray(labels)[rows].tolist())),
                "validation": learner.stream,
                "overrides": {key: _stands_for(value) for key, value in learner.overrides.items()},
            }
        )


def _stands_for(value: object) -> str:
    """Return what a config value stands for: a file's content, wherever the file lies."""
    text = str(value)
    return file_sha256(text) if Path(text).is_file() else text
