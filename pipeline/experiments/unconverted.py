"""Edits as an experiment, until their own folder says so; gone then.

Their untyped rows go to a file of their own: ``unconverted-edits.csv``.
"""

import logging
from typing import cast

import numpy as np

from brainaging.pipeline.counterfactual.score.scorer import EDITS
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.engines import Coder, load_network
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.counterfactuals.run import Study
from brainaging.pipeline.experiments.synthetic import ENCODER
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.results.legacy import write_results
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)


def _edits(context: Context) -> Outcome:
    prepared, budget = context.prepared_scans, context.budget
    train, test = context.folds(prepared.cohort)[0]
    trained = {}
    for name, bundle, folder in (
        ("autoencoder", "t1w_autoencoder", f"autoencoder-{budget.latent_sizes[0]}"),
        ("gan", ENCODER, "latent_encoder"),
    ):
        weights = context.models / folder / "fold-0" / BEST
        if weights.is_file():
            network = load_network(context.bundles[bundle], weights, dataset_dir=str(prepared.folder))
            trained[name] = cast(Coder, network)
    try:
        study = Study(
            prepared,
            (np.asarray(train)[: budget.edits.learned_from], np.asarray(test)[: budget.edits.held_out]),
            context.out,
            context.models / "edits",
            Truth.beside(prepared.cohort, prepared.grid),
            tuple(edit for edit in EDITS if edit.name in budget.edits.edits),
            trained,
            context.seed,
            budget.edits.knots_mm,
        )
        write_results(study.run(), context.out / "unconverted-edits.csv")
    except UserError as error:
        log.warning("edits, not computed: %s", error)
    return Outcome([])


COUNTERFACTUALS = Experiment("edits", "scans", (ENCODER,), _edits)
