"""Synthetic brains from end to end: classifiers, generators, fidelity, inversion, gate and labels, pictures."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.data import LeakError, Prepared
from brainaging.pipeline.engines import Coder, encode_volumes
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.synthetic.age_regressor import AGE, regress_age
from brainaging.pipeline.experiments.synthetic.brain_readers import (
    FOLDERS,
    ReadersTested,
    reader_learners,
    trained_readers,
)
from brainaging.pipeline.experiments.synthetic.classifiers import FIRST, NOISE, SECOND, classify_scans
from brainaging.pipeline.experiments.synthetic.cohort_parts import People, parted, too_few
from brainaging.pipeline.experiments.synthetic.gate_findings import checks, gate_findings
from brainaging.pipeline.experiments.synthetic.generators import (
    GAN,
    LABELLED,
    Brains,
    gan_learner,
    generated_brains,
)
from brainaging.pipeline.experiments.synthetic.inverse_encoder import (
    AUTOENCODER,
    autoencoded,
    encoder_learner,
    latent_errors,
    reconstructions,
    regenerated,
    trained_encoder,
)
from brainaging.pipeline.experiments.synthetic.inversion_findings import SOUGHT, image_findings, latent_findings
from brainaging.pipeline.experiments.synthetic.label_findings import label_findings, reader_findings
from brainaging.pipeline.experiments.synthetic.pictures import Pictures, write_pictures
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.measures.fidelity import FeatureSpace, pca_space
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.results import Finding, NotComputed, Scoring
from brainaging.pipeline.results.fidelity_findings import RealBrains, fidelity_findings
from brainaging.pipeline.runtime import UserError, subseed, write_json
from brainaging.pipeline.stats.label_gate import GateError, require

log = logging.getLogger(__name__)
SEX, YEARS, GENERATOR, ENCODER = "t1w_sex_classifier", "t1w_age_regressor", "t1w_gan", "t1w_latent_encoder"
CODES = "t1w_autoencoder"
#: bundles that the experiment trains
BUNDLES = (SEX, YEARS, GENERATOR, ENCODER, CODES)
#: the autoencoder whose latents and reconstructions stand beside the GAN's
COMPARATOR = "autoencoder_comparator"
#: what is trained, as its folders are called
LEARNERS = (FIRST, NOISE, SECOND, AGE, *FOLDERS.values(), GAN, "latent_encoder", COMPARATOR)


@dataclass(frozen=True)
class Chain:
    """What the steps share.

    Attributes:
        context: the run's.
        people: the cohort in its parts.
        training: where networks are trained.
        scoring: of the cohort's predictions.
    """

    context: Context
    people: People
    training: Training
    scoring: Scoring

    @property
    def budget(self) -> SyntheticBudget:
        """What the experiment may cost."""
        return self.context.budget.synthetic

    @property
    def latent_size(self) -> int:
        """Numbers in a latent: a few scans span fewer; mirror images count, and a tenth chooses epochs."""
        return min(self.budget.latent_size, len(self.people.learned))


def run(context: Context, outside: Prepared | None = None) -> Outcome:
    """Run the experiment and write ``synthetic.npz`` and ``synthetic.json``.

    A gate that does not open is a result, not an error: its findings say which checks failed, what the readers say
    stands there as a finding about them, and no brain keeps a label.

    Args:
        context: cohort, budget, seeds, and where to write.
        outside: other people, prepared on the same grid, to measure distances to and to test readers on too; the
            first fold's held-out people alone where there are none.

    Returns:
        the findings; one, with a reason, where the cohort is too small.
    """
    prepared = context.prepared_scans
    cohort = prepared.cohort
    folds, scoring = context.folds(cohort), context.scoring(cohort, "T1w")
    try:
        people = People(prepared, context.volumes, parted(cohort, folds[0], context.split_seed), outside)
        reason = too_few(people.parts, people.sex)
    except LeakError:
        raise
    except UserError as error:
        reason = str(error)
    if reason:
        log.warning("synthetic brains, not computed: %s", reason)
        missing = NotComputed(**scoring.common("fidelity", 0, 0), target="image", features="voxels", reason=reason)
        return Outcome([missing])
    chain = Chain(context, people, Training(prepared, context.volumes, context.models, context.seed), scoring)
    log.info("synthetic brains: classifiers, a GAN, its inverse, labels")
    write_json(context.out / "synthetic.json", people.facts())
    classified = classify_scans(chain.training, context.bundles[SEX], folds, chain.budget, scoring)
    regressor = Learner(AGE, context.bundles[YEARS], chain.budget.classifier_epochs, {})
    ages = regress_age(chain.training, regressor, folds[: chain.budget.age_folds], scoring)
    coder = _autoencoder(chain)
    gan = gan_learner(context.bundles[GENERATOR], chain.budget, chain.latent_size)
    brains = generated_brains(chain.training, gan, people, chain.budget)
    fidelity = _fidelity(chain, brains, coder)
    inverse = encoder_learner(context.bundles[ENCODER], chain.training, gan, chain.budget, chain.latent_size)
    encoder = trained_encoder(chain.training, inverse, people.parts.generator)
    inversion, latents = _inversion(chain, encoder, coder)
    labels, male = _labels(chain, brains, encoder)
    shown = Pictures(
        prepared.grid,
        people.mask,
        people.fresh.volumes,
        {name: of.volumes for name, of in brains.items()},
        male,
        encoder,
        people.held_out.volumes,
        latents,
        classified.scale_curve,
    )
    write_pictures(context.out / "synthetic.npz", shown)
    return Outcome([*classified.findings, *ages, *fidelity, *inversion, *labels], LEARNERS)


#: synthetic brains, from classifiers to labels
SYNTHETIC = Experiment("synthetic", "scans", BUNDLES, run)


def _autoencoder(chain: Chain) -> Coder | None:
    """Return an autoencoder with as many codes as a latent has numbers; None where the budget has none."""
    epochs, codes = chain.budget.autoencoder_epochs, {"latent_size": chain.latent_size}
    if not epochs:
        return None
    learner = Learner(COMPARATOR, chain.context.bundles[CODES], epochs, codes)
    return cast(Coder, chain.training.network(learner, chain.people.parts.generator))


def _fidelity(chain: Chain, brains: Mapping[str, Brains], coder: Coder | None) -> list[Finding]:
    people = chain.people
    learned = people.learned.volumes
    spaces = [pca_space(learned, people.mask)]
    if coder is not None:
        spaces.append(FeatureSpace(AUTOENCODER, partial(encode_volumes, coder), chain.latent_size))
    real = RealBrains(learned, people.fresh.volumes, people.mask, people.prepared.grid, spaces)
    findings: list[Finding] = []
    for name, of in brains.items():
        log.info("measuring the brains of %s", name)
        findings += fidelity_findings(name, of.volumes, real, chain.scoring.cohort, chain.context.seed)
    return findings


def _inversion(chain: Chain, encoder: T1wLatentEncoder, coder: Coder | None) -> tuple[list[Finding], np.ndarray]:
    """Return the encoder's findings, and the held-out scans' optimised latents (m, L)."""
    people, budget, scoring = chain.people, chain.budget, chain.scoring
    learned, held_out = people.learned, people.held_out
    methods, latents = reconstructions(
        encoder, learned.volumes, held_out.volumes, people.mask, budget.invert_steps
    )
    if coder is not None:
        methods[AUTOENCODER] = autoencoded(coder, held_out.volumes, chain.latent_size)
    seed = subseed(chain.context.seed, "fresh latents")
    errors = latent_errors(encoder, seed, min(SOUGHT, 4 * budget.brains))
    return [
        *latent_findings(errors, chain.latent_size, (len(learned), len(held_out)), scoring),
        *image_findings(methods, learned, held_out, people.mask, scoring),
    ], latents


def _labels(
    chain: Chain, brains: Mapping[str, Brains], encoder: T1wLatentEncoder
) -> tuple[list[Finding], dict[str, np.ndarray]]:
    """Pass the gate and label the brains: findings, and P(male) (k,) of generators whose brains passed it."""
    people, scoring = chain.people, chain.scoring
    learners = reader_learners(chain.context.bundles[SEX], chain.budget)
    readers = trained_readers(chain.training, learners, people)
    tested = people.tested
    z = encode_volumes(encoder, tested.volumes)
    reconstructed = regenerated(encoder, tested.volumes, z, subseed(chain.context.seed, "detail"))
    test = ReadersTested(
        readers,
        tested,
        readers.predictions(tested.volumes, tested.sex),
        {features: readers.predictions(volumes, tested.sex) for features, volumes in reconstructed.items()},
        encoder.generator.intended(torch.from_numpy(z)).cpu().numpy(),
        head_sizes(tested.volumes, people.prepared.grid.spacing),
    )
    findings = reader_findings(test, _share_of_men(people.sample(people.parts.readers).sex), scoring)
    grids = {
        "scans": people.prepared.fingerprint,
        "generator": encoder.generator.grid,
        "encoder": encoder.grid,
        **{name: str(network.grid) for name, network in readers.networks.items()},
    }
    passed = {}
    for name in LABELLED:
        if name not in brains:
            continue
        answers = readers.read(brains[name].volumes)
        findings += label_findings(name, answers, test, _share_of_men(people.learned.sex), scoring)
        measured = checks(brains[name], answers, test, people, grids)
        findings += gate_findings(name, measured, test, scoring)
        try:
            require(measured)
            passed[name] = answers[FIRST][:, 1]
        except GateError as error:
            log.warning("%s: %s", name, error)
    return findings, passed


def _share_of_men(sex: np.ndarray) -> float:
    return float((sex[sex >= 0] == 1).mean())
