"""The gate of one generator's brains: every check, and the findings that say what it measured."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from brainaging.pipeline.experiments.synthetic.brain_readers import ReadersTested
from brainaging.pipeline.experiments.synthetic.cohort_parts import People
from brainaging.pipeline.experiments.synthetic.generators import Brains
from brainaging.pipeline.experiments.synthetic.inverse_encoder import OWN
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.results import Finding, GateCheck, Scoring
from brainaging.pipeline.stats import reader_checks
from brainaging.pipeline.stats.label_gate import Check, fingerprint_check, intensity_check, size_check
from brainaging.pipeline.stats.reader_checks import LabelPairs


def checks(
    brains: Brains,
    answers: Mapping[str, np.ndarray],
    tested: ReadersTested,
    people: People,
    grids: Mapping[str, str],
) -> list[Check]:
    """Return every check of one generator's brains and of the readers that label them.

    Args:
        brains: of the generator.
        answers: probabilities (k, 2) by reader.
        tested: the readers, and their predictions of scans.
        people: the cohort in its parts.
        grids: fingerprints by what carries them.
    """
    fresh = people.fresh.volumes
    first = next(iter(tested.of_scans))
    labels, others = (probabilities.argmax(axis=1) for probabilities in answers.values())
    sizes = head_sizes(brains.volumes, people.prepared.grid.spacing)
    of_scans = tested.of_scans[first]
    return [
        fingerprint_check(**grids),
        reader_checks.independence_check(people.learned.groups, tested.readers.learned, tested.people.groups),
        intensity_check(fresh, brains.volumes, people.mask),
        size_check(head_sizes(fresh, people.prepared.grid.spacing), sizes),
        *(reader_checks.skill_check(reader, predictions) for reader, predictions in tested.of_scans.items()),
        reader_checks.calibration_check(first, of_scans, tested.of_reconstructions[OWN][first]),
        reader_checks.degeneracy_check(labels),
        reader_checks.balance_check((of_scans.predicted, labels), (tested.head_sizes, sizes), first),
        *_intention(brains, labels, tested, first),
        reader_checks.agreement_check(tested.agreement, LabelPairs(labels, others)),
    ]


def _intention(brains: Brains, labels: np.ndarray, tested: ReadersTested, reader: str) -> Sequence[Check]:
    """Return the check of labels against what latents intend; none of a generator that intends nothing."""
    meant, of_scans = brains.intended >= 0, tested.intended >= 0
    if not meant.any() or not of_scans.any():
        return []
    scans = LabelPairs(tested.intended[of_scans], tested.of_scans[reader].predicted[of_scans])
    return [reader_checks.intention_check(scans, LabelPairs(brains.intended[meant], labels[meant]), reader)]


def gate_findings(
    generator: str, measured: Sequence[Check], tested: ReadersTested, scoring: Scoring
) -> list[Finding]:
    """Return a finding a check of one generator's brains."""
    common = scoring.common("gate", len(tested.readers.learned), len(tested.people))
    return [GateCheck(**common, model=generator, **asdict(check)) for check in measured]
