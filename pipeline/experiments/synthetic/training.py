"""One network of the study, trained or read back."""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from brainaging.pipeline.data import Prepared, holdout, sex_numbers, with_labels, with_sex
from brainaging.pipeline.engines import bundle_code, bundle_recipe, load_network, run_bundle
from brainaging.pipeline.handlers import BEST, LAST
from brainaging.pipeline.runtime import KeptWork, file_sha256, subseed, text_sha256

log = logging.getLogger(__name__)
VALIDATION_SHARE = 0.1
#: validation scans below which a tenth is too few to compare brains with, and the share they may take
FEWEST, MOST_SHARE = 5, 0.25


@dataclass(frozen=True)
class Learner:
    """A bundle, as one network of the study uses it.

    Attributes:
        name: folder of its weights, and what it is called in curves.
        bundle: the bundle's folder.
        epochs: passes over its training scans.
        overrides: config values.
        stream: of validation subjects: two learners with other streams leave out other people.
        sexed: whether training scans carry their sex, for a generator's latents.
    """

    name: str
    bundle: Path
    epochs: int
    overrides: Mapping[str, Any]
    stream: str = "validation"
    sexed: bool = False


def train(
    learner: Learner,
    prepared: Prepared,
    volumes: np.ndarray,
    rows: np.ndarray,
    out: Path,
    seed: int,
    fold: int = 0,
    labels: np.ndarray | None = None,
) -> nn.Module:
    """Return a network trained on some rows of a cohort; one that was trained before is read back.

    A tenth of the rows' groups (more of a small cohort) chooses the epoch and trains no weight.

    Args:
        learner: what is trained.
        prepared: the cohort.
        volumes: (n, X, Y, Z), its scans.
        rows: training rows.
        out: gets a folder ``<name>/fold-<fold>``.
        seed: of weights and of the choice of validation subjects.
        fold: number of the fold.
        labels: (n,) of every row, for predictors: class numbers (−1 unknown) or years (NaN unknown).
    """
    folder = out / learner.name / f"fold-{fold}"
    groups, strata = prepared.cohort.groups()[rows], prepared.cohort.strata()[rows]
    share = max(VALIDATION_SHARE, min(MOST_SHARE, FEWEST / len(rows)))
    parts = holdout(groups, (1 - share, share), strata, subseed(seed, learner.stream, fold))
    data = [prepared.datalist(rows[parts[name]]) for name in ("train", "test")]
    if labels is not None:
        data = [
            with_labels(items, labels[rows[parts[name]]])
            for items, name in zip(data, ("train", "test"), strict=True)
        ]
    elif learner.sexed:
        data[0] = with_sex(data[0], sex_numbers(prepared.cohort)[rows[parts["train"]]])
    work = KeptWork(
        folder,
        bundle_recipe(learner.bundle)
        | {
            "grid": prepared.fingerprint,
            "cohort": prepared.cohort.digest,
            "epochs": learner.epochs,
            "seed": seed,
            "fold": fold,
            "subjects": text_sha256(json.dumps(np.asarray(rows).tolist())),
            "volumes": hashlib.sha256(np.ascontiguousarray(volumes).data).hexdigest(),
            "labels": "" if labels is None else text_sha256(json.dumps(np.asarray(labels)[rows].tolist())),
            "validation": learner.stream,
            "overrides": {key: _content(value) for key, value in learner.overrides.items()},
        },
        code=[__name__, *bundle_code(learner.bundle)],
    )
    if not work.finished:
        log.info("%s, fold %d: training on %d scans", learner.name, fold, len(data[0]))
        run_bundle(
            learner.bundle,
            "train",
            dataset_dir=str(prepared.folder),
            ckpt_dir=str(folder),
            output_dir=str(folder),
            experiment=learner.name,
            fold=fold,
            epochs=learner.epochs,
            seed=subseed(seed, "weights", fold),
            **{"train#data": data[0], "validate#data": data[1], **learner.overrides},
        )
        work.finish(BEST)
        (folder / LAST).unlink(missing_ok=True)  # of use only to a network that is not finished
    return load_network(learner.bundle, folder / BEST, dataset_dir=str(prepared.folder))


def _content(value: object) -> str:
    """Return what a config value stands for: a file's content, wherever the file lies."""
    text = str(value)
    return file_sha256(text) if Path(text).is_file() else text


def weights_of(learner: Learner, out: Path, fold: int = 0) -> Path:
    """Return where :func:`train` leaves the best weights."""
    return out / learner.name / f"fold-{fold}" / BEST
