"""One bundle trained on every fold, and what it makes of the fold's subjects; finished folds are kept."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from brainaging.pipeline.data import Prepared, holdout
from brainaging.pipeline.data.mapped_volumes import archived
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import (
    Coder,
    bundle_code,
    bundle_recipe,
    decode_latents,
    encode_volumes,
    load_network,
    train_bundle,
)
from brainaging.pipeline.handlers import BEST, LAST
from brainaging.pipeline.runtime import KeptWork, atomic_output, subseed, text_sha256
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)
# Of a fold's training subjects, those that choose the epoch; they train no weight. Sensitivity: in the demo 14 of
# 133 choose; every one of them is a scan that the weights do not see.
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class FoldTraining:
    """How an autoencoder is trained on every fold.

    Attributes:
        bundle: the bundle's folder.
        latent_size: number of codes.
        epochs: passes over the training subjects.
        seed: of weights and of the choice of validation subjects.
        overrides: more config values.
    """

    bundle: Path
    latent_size: int
    epochs: int
    seed: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)


def encode_folds(
    prepared: Prepared | PreparedTable,
    values: np.ndarray,
    folds: Sequence[Fold],
    out: Path,
    training: FoldTraining,
) -> list[FoldEncoding]:
    """Train a bundle's autoencoder on each fold's training subjects and encode all of the fold's subjects.

    A tenth of the training groups chooses the best epoch and trains no weight; the test subjects take no part
    in training at all. A run that was stopped goes on where it was: folds that are finished are read back,
    the one under way from its last epoch.

    Args:
        prepared: the cohort on its grid, or its table of measures.
        values: ``(n, X, Y, Z)``, the prepared volumes, or ``(n, p)``, the measures.
        folds: pairs of rows (train, test).
        out: gets one folder a fold, with weights, learning curves and ``encoding.npz``; its name is the encoder's.
        training: what is trained, and how.

    Raises:
        UserError: ``out`` holds weights of another run, or of other code.
    """
    groups, strata = prepared.cohort.groups(), prepared.cohort.strata()
    content = hashlib.sha256(np.ascontiguousarray(values).data).hexdigest()
    encodings = []
    for number, (train, test) in enumerate(folds):
        folder = out / f"fold-{number}"
        recipe = bundle_recipe(training.bundle) | {
            "grid": prepared.fingerprint,
            "cohort": prepared.cohort.digest,
            "volumes": content,
            "epochs": training.epochs,
            "latent_size": training.latent_size,
            "seed": training.seed,
            "fold": number,
            "subjects": text_sha256(json.dumps([np.asarray(train).tolist(), np.asarray(test).tolist()])),
            "overrides": dict(training.overrides),
        }
        work = KeptWork(folder, recipe, code=[__name__, *bundle_code(training.bundle)])
        shares = (1 - VALIDATION_SHARE, VALIDATION_SHARE)
        inner = holdout(groups[train], shares, strata[train], subseed(training.seed, "validation", number))
        fit, choose = train[inner["train"]], train[inner["test"]]
        kept = folder / "encoding.npz"
        if not work.finished:
            log.info("%s, fold %d: training on %d people", out.name, number, len(fit))
            settings = {
                "dataset_dir": str(prepared.folder),
                "latent_size": training.latent_size,
                **training.overrides,
            }
            train_bundle(
                training.bundle,
                folder,
                prepared.datalist(fit),
                prepared.datalist(choose),
                experiment=out.name,
                fold=number,
                epochs=training.epochs,
                seed=subseed(training.seed, "weights", number),
                **settings,
            )
            network = cast(Coder, load_network(training.bundle, folder / BEST, **settings))
            latents = encode_volumes(network, values)
            decoded = decode_latents(network, latents[test])
            with atomic_output(kept) as temporary:
                np.savez(temporary, grid=np.array(prepared.fingerprint), latents=latents, made=decoded)
            work.finish(kept.name, BEST)
            # As large as the weights, and of use only to a fold that is not finished.
            (folder / LAST).unlink(missing_ok=True)
        latents, decoded = archived(kept, "latents"), archived(kept, "made")
        encodings.append(
            FoldEncoding(train, test, latents[train], latents[test], decoded, out.name, training.latent_size, fit)
        )
    return encodings


def gather_curves(folders: Sequence[Path], path: Path) -> None:
    """Write one table of the learning curves that lie in the folds' folders."""
    tables = [pd.read_csv(curves) for folder in folders for curves in sorted(folder.glob("fold-*/curves.csv"))]
    if tables:
        with atomic_output(path) as temporary:
            pd.concat(tables).to_csv(temporary, index=False)
