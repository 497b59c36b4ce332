"""What is each generator worth? All on the same people: fidelity, privacy, orders met, and what they teach."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data import LeakError
from brainaging.pipeline.experiments.context import Context, Experiment, Outcome
from brainaging.pipeline.experiments.generator_comparison.asked_findings import asked_findings, instrument_findings
from brainaging.pipeline.experiments.generator_comparison.brain_measures import VolumeInstruments
from brainaging.pipeline.experiments.generator_comparison.brains_to_compare import (
    FLOW,
    ORDERED,
    BrainsToCompare,
    brains_to_compare,
    flow_learner,
)
from brainaging.pipeline.experiments.generator_comparison.compared_people import ComparedPeople, known_people
from brainaging.pipeline.experiments.generator_comparison.taught_readers import read_findings, taught_findings
from brainaging.pipeline.experiments.synthetic.cohort_parts import parted
from brainaging.pipeline.experiments.synthetic.generators import GAN, gan_learner
from brainaging.pipeline.experiments.synthetic.training import Training
from brainaging.pipeline.measures.fidelity import pca_space
from brainaging.pipeline.measures.fidelity.membership import membership
from brainaging.pipeline.results import Finding, GeneratorMeasure, NotComputed, measured
from brainaging.pipeline.results.fidelity_findings import RealBrains, fidelity_findings
from brainaging.pipeline.runtime import UserError, atomic_output, counted
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
CONDITIONAL, ADVERSARIAL = "t1w_conditional_generator", "t1w_gan"
EXPERIMENT = "generators"
#: people of a part: an appearance model needs a dozen scans, and slopes with three covariates more than eight
FEWEST = 12
#: brains of a generator in the report's picture
SHOWN = 6
#: metrics by attack
_ATTACKS = {"distance": "membership_distance", "density": "membership_density"}


def run(context: Context) -> Outcome:
    """Run the experiment and write ``generators.npz``.

    Returns:
        the findings; one, with a reason, where the cohort is too small or its ages are not known.
    """
    prepared = context.prepared_scans
    cohort, scoring = prepared.cohort, context.scoring(prepared.cohort, "T1w")
    try:
        parts = parted(cohort, context.folds(cohort)[0], context.split_seed)
        learned, readers, fresh = (
            known_people(prepared, context.volumes, rows)
            for rows in (parts.generator, parts.readers, parts.held_out)
        )
        people = ComparedPeople(learned, readers, fresh, prepared.grid, cohort.name)
        reason = too_few(people)
    except LeakError:
        raise
    except UserError as error:
        reason = str(error)
    if reason:
        log.warning("generators compared, not computed: %s", reason)
        missing = NotComputed(**scoring.common(EXPERIMENT, 0, 0), target="image", features="voxels", reason=reason)
        return Outcome([missing])
    budget, synthetic = context.budget.generators, context.budget.synthetic
    training = Training(prepared, context.volumes, context.models, context.seed)
    # as the experiment on synthetic brains sets it: its GAN, where there is one, is read back
    few = min(synthetic.latent_size, len(parts.generator))
    flow = flow_learner(
        context.bundles[CONDITIONAL],
        budget,
        min(budget.latent_size, len(parts.generator)),
        cohort.restricted_path,
    )
    gan = gan_learner(context.bundles[ADVERSARIAL], synthetic, few)
    brains = brains_to_compare(training, flow, gan, parts.generator, people)
    findings = compared_findings(brains, people, context.seed)
    write_brains(context.out / "generators.npz", brains, people)
    return Outcome(findings, (FLOW, GAN))


#: what each generator is worth
GENERATORS = Experiment(EXPERIMENT, "scans", (CONDITIONAL, ADVERSARIAL), run)


def write_brains(path: Path, brains: BrainsToCompare, people: ComparedPeople) -> None:
    """Write a few fresh scans and brains of every generator for the report; no subject is named.

    Arrays: real, generated_<generator> (k, X, Y, Z) float32; mask; spacing (mm).
    """
    shown = {"real": people.fresh.volumes, **{f"generated_{name}": of for name, of in brains.by_generator.items()}}
    arrays = {name: np.asarray(volumes[:SHOWN], dtype=np.float32) for name, volumes in shown.items()}
    mask, spacing = template_mask(people.grid), np.float64(people.grid.spacing)
    with atomic_output(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, mask=mask, spacing=spacing, **arrays)


def too_few(people: ComparedPeople) -> str:
    """Return why generators cannot be compared on these people, "" where they can."""
    for purpose, part in (
        ("that generators learn from", people.learned),
        ("that readers learn from", people.readers),
        ("to measure by", people.fresh),
    ):
        if len(part) < FEWEST:
            return f"{len(part)} people of known age, sex and head size {purpose}, at least {FEWEST} needed"
        men = int(part.covariates[:, 1].sum())
        if not 2 <= men <= len(part) - 2:
            return f"{min(men, len(part) - men)} of one sex {purpose}, at least 2 needed"
    return ""


def compared_findings(brains: BrainsToCompare, people: ComparedPeople, seed: int) -> list[Finding]:
    """Return every finding about generators that learned from the same people.

    Args:
        brains: of every generator.
        people: whom they learned from, whom readers learned from, and who is measured by.
        seed: of draws and bootstraps.
    """
    learned, fresh = people.learned, people.fresh
    mask, common = template_mask(people.grid), _common(people, seed)
    findings: list[Finding] = []
    real = RealBrains(learned.volumes, fresh.volumes, mask, people.grid, [pca_space(learned.volumes, mask)])
    for name, volumes in counted(brains.by_generator.items(), "measuring generators", len(brains.by_generator)):
        findings += fidelity_findings(name, volumes, real, people.cohort, seed, EXPERIMENT)
        findings += _membership({**common, "model": name}, volumes, people, mask)
    instruments = VolumeInstruments(people)
    real_fresh, real_learned = (instruments.measures(part.volumes) for part in (fresh, learned))
    for name in ORDERED:
        made = instruments.measures(brains.by_generator[name])
        own = {**common, "model": name}
        findings += asked_findings(own, made, (fresh, real_fresh), (learned, real_learned))
        findings += read_findings(own, brains.by_generator[name], people, mask)
    findings += taught_findings({**common, "model": FLOW}, brains.teaching, people, mask)
    return findings + instrument_findings(common, fresh, real_fresh)


def _common(people: ComparedPeople, seed: int) -> dict[str, Any]:
    return {
        "experiment": EXPERIMENT,
        "cohort": people.cohort,
        "n_train": len(people.learned),
        "n_test": len(people.fresh),
        "seed": seed,
    }


def _membership(
    common: Mapping[str, Any], volumes: np.ndarray, people: ComparedPeople, mask: np.ndarray
) -> list[Finding]:
    learned, fresh = people.learned, people.fresh
    # in the generated brains' own space: one fitted to those who were learned from would tell them by itself
    space = pca_space(volumes, mask)
    attacks = membership(
        space(volumes),
        space(learned.volumes),
        space(fresh.volumes),
        (learned.groups, fresh.groups),
        common["seed"],
    )
    return [
        GeneratorMeasure(
            **common,
            features="pca",
            codes=space.codes,
            **measured(_ATTACKS[name], (attack.advantage, attack.low, attack.high), "chance", 0.0),
        )
        for name, attack in attacks.items()
    ]
