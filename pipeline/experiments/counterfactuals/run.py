"""The experiment on edits: held-out scans moved along age and sex, scored where the truth is known."""

import logging
from typing import cast

from brainaging.pipeline.counterfactual.score.edit_kinds import EDITS
from brainaging.pipeline.counterfactual.score.scorer import EXPERIMENT
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.engines import Coder, load_network
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditSettings, EditStudy
from brainaging.pipeline.handlers import BEST
from brainaging.pipeline.results import NotComputed
from brainaging.pipeline.runtime import UserError

log = logging.getLogger(__name__)
AUTOENCODER, LATENT_ENCODER = "t1w_autoencoder", "t1w_latent_encoder"


def run(context: Context) -> Outcome:
    """Learn an edit from the first fold's training people and move its test people.

    Where the cohort is too small or tells no ages, one finding says so.
    """
    prepared, budget = context.prepared_scans, context.budget.edits
    cohort = prepared.cohort
    train, test = context.folds(cohort)[0]
    settings = EditSettings(
        edits=tuple(edit for edit in EDITS if edit.name in budget.edits),
        learned_from=budget.learned_from,
        knots_mm=budget.knots_mm,
        seed=context.seed,
        axes=budget.axes,
    )
    log.info("edits: alignment, effects of age and sex, held-out scans moved along them")
    try:
        study = EditStudy(
            prepared,
            (train, test[: budget.held_out]),
            context.out,
            context.models / "edits",
            Truth.beside(cohort, prepared.grid),
            settings,
            _coders(context),
        )
        return Outcome(study.run())
    except UserError as error:
        log.warning("edits, not computed: %s", error)
        return Outcome(
            [NotComputed(experiment=EXPERIMENT, cohort=cohort.name, seed=context.seed, reason=str(error))]
        )


def _coders(context: Context) -> dict[str, Coder]:
    """Return the first fold's networks with latents that can be decoded, those that are trained.

    They saw all scans of that fold's training part, without their labels.
    """
    coders = {}
    for encoder, bundle, folder in (
        ("autoencoder", AUTOENCODER, f"autoencoder-{context.budget.latent_sizes[0]}"),
        ("gan", LATENT_ENCODER, "latent_encoder"),
    ):
        weights = context.models / folder / "fold-0" / BEST
        if weights.is_file():
            network = load_network(
                context.bundles[bundle], weights, dataset_dir=str(context.prepared_scans.folder)
            )
            coders[encoder] = cast(Coder, network)
    return coders


COUNTERFACTUALS = Experiment(EXPERIMENT, "scans", (AUTOENCODER, LATENT_ENCODER), run)
