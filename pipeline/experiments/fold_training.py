"""One bundle trained on every fold, and what it makes of the fold's subjects; finished folds are kept."""

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from brainaging.pipeline.data import Prepared, holdout
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import (
    Coder,
    bundle_code,
    bundle_recipe,
    decode_latents,
    encode_volumes,
    load_network,
    run_bundle,
)
from brainaging.pipeline.handlers import BEST, LAST
from brainaging.pipeline.runtime import KeptWork, atomic_output, subseed, text_sha256
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)
# Of a fold's training subjects, those that choose the epoch; they train no weight.
VALIDATION_SHARE = 0.1


def encode_folds(
    prepared: Prepared | PreparedTable,
    volumes: np.ndarray,
    folds: Sequence[Fold],
    bundle: Path,
    out: Path,
    *,
    latent_size: int,
    epochs: int,
    seed: int,
    overrides: dict[str, Any] | None = None,
) -> list[FoldEncoding]:
    """Train a bundle's autoencoder on each fold's training subjects and encode all of the fold's subjects.

    A tenth of the training groups chooses the best epoch and trains no weight; the test subjects take no part
    in training at all. A run that was stopped goes on where it was: folds that are finished are read back,
    the one under way from its last epoch.

    Args:
        prepared: the cohort on its grid, or its table of measures.
        volumes: ``(n, X, Y, Z)``, the prepared volumes, or ``(n, p)``, the measures.
        folds: pairs of rows (train, test).
        bundle: the bundle's folder.
        out: gets one folder a fold, with weights, learning curves and ``encoding.npz``.
        latent_size: number of codes.
        epochs: passes over the training subjects.
        seed: of weights and of the choice of validation subjects.
        overrides: more config values.

    Raises:
        UserError: ``out`` holds weights of another run, or of other code.
    """
    groups, strata = prepared.cohort.groups(), prepared.cohort.strata()
    content = hashlib.sha256(np.ascontiguousarray(volumes).data).hexdigest()
    encodings = []
    for number, (train, test) in enumerate(folds):
        folder = out / f"fold-{number}"
        recipe = bundle_recipe(bundle) | {
            "grid": prepared.fingerprint,
            "cohort": prepared.cohort.digest,
            "volumes": content,
            "epochs": epochs,
            "latent_size": latent_size,
            "seed": seed,
            "fold": number,
            "subjects": text_sha256(json.dumps([np.asarray(train).tolist(), np.asarray(test).tolist()])),
            "overrides": overrides or {},
        }
        work = KeptWork(folder, recipe, code=[__name__, *bundle_code(bundle)])
        shares = (1 - VALIDATION_SHARE, VALIDATION_SHARE)
        inner = holdout(groups[train], shares, strata[train], subseed(seed, "validation", number))
        fit, choose = train[inner["train"]], train[inner["test"]]
        kept = folder / "encoding.npz"
        if not work.finished:
            log.info("%s, fold %d: training on %d people", out.name, number, len(fit))
            settings = {
                "dataset_dir": str(prepared.folder),
                "latent_size": latent_size,
                **(overrides or {}),
            }
            run_bundle(
                bundle,
                "train",
                ckpt_dir=str(folder),
                output_dir=str(folder),
                experiment=out.name,
                fold=number,
                epochs=epochs,
                seed=subseed(seed, "weights", number),
                **{
                    "train#data": prepared.datalist(fit),
                    "validate#data": prepared.datalist(choose),
                },
                **settings,
            )
            network = cast(Coder, load_network(bundle, folder / BEST, **settings))
            latents = encode_volumes(network, volumes)
            made = decode_latents(network, latents[test])
            with atomic_output(kept) as temporary:
                np.savez(temporary, grid=np.array(prepared.fingerprint), latents=latents, made=made)
            work.finish(kept.name, BEST)
            # As large as the weights, and of use only to a fold that is not finished.
            (folder / LAST).unlink(missing_ok=True)
        with np.load(kept) as stored:
            latents, made = stored["latents"], stored["made"]
        encodings.append(
            FoldEncoding(train, test, latents[train], latents[test], made, out.name, latent_size, fit)
        )
    return encodings


def gather_curves(folders: Sequence[Path], path: Path) -> None:
    """Write one table of the learning curves that lie in the folds' folders."""
    tables = [pd.read_csv(found) for folder in folders for found in sorted(folder.glob("fold-*/curves.csv"))]
    if tables:
        with atomic_output(path) as temporary:
            pd.concat(tables).to_csv(temporary, index=False)
