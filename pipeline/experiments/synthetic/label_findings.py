"""What readers say of held-out scans, of reconstructions and of generated brains, as findings."""

from collections.abc import Mapping

import numpy as np

from brainaging.pipeline.experiments.synthetic.brain_readers import ReadersTested, as_predictions
from brainaging.pipeline.results import Finding, LabelScore, Scoring, measured
from brainaging.pipeline.stats.bootstrap import interval, mean_ratio, share_interval
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reliability import brier_score, expected_calibration_error
from brainaging.pipeline.stats.scores import accuracy, point

METRICS = {"accuracy": accuracy, "ece": expected_calibration_error, "brier": brier_score}
EXPERIMENT = "synthetic_labels"
BOTH, SCANS = "two_classifiers", "held_out_scans"


def reader_findings(tested: ReadersTested, share_of_men: float, scoring: Scoring) -> list[Finding]:
    """Return the readers' scores on held-out scans and on reconstructions, and their agreement.

    Scores on scans stand beside the commoner sex of the people that the readers learned from, those on
    reconstructions beside the same reader's on the scans, the agreement beside that of readers who know nothing of
    each other.

    Args:
        tested: readers and their predictions.
        share_of_men: among the people that they learned from.
        scoring: of the cohort.
    """
    people = tested.people
    common = scoring.common(EXPERIMENT, len(tested.readers.learned), len(people))
    pairs = tested.agreement
    same = (pairs.first == pairs.second).astype(float)
    agreement = mean_ratio(same, 1.0, people.groups, scoring.seed, scoring.replicates)
    findings: list[Finding] = [
        LabelScore(
            **common,
            model=BOTH,
            features=SCANS,
            **measured("agreement", agreement, "chance", pairs.by_chance),
        )
    ]
    majority = as_predictions(np.tile([1 - share_of_men, share_of_men], (len(people), 1)), people.sex)
    by_features: dict[str, Mapping[str, Predictions]] = {SCANS: tested.of_scans, **tested.of_reconstructions}
    for features, by_reader in by_features.items():
        for reader, predictions in by_reader.items():
            baseline, code = (majority, "majority") if features == SCANS else (tested.of_scans[reader], SCANS)
            for metric, measure in METRICS.items():
                score = interval(measure, predictions, people.groups, scoring.seed, scoring.replicates)
                findings.append(
                    LabelScore(
                        **common,
                        model=reader,
                        features=features,
                        **measured(metric, score, code, point(measure, baseline)),
                    )
                )
    return findings


def label_findings(
    generator: str, answers: Mapping[str, np.ndarray], tested: ReadersTested, learned_men: float, scoring: Scoring
) -> list[Finding]:
    """Return the share labelled male by each reader, and their agreement, of one generator's brains.

    Args:
        generator: its code.
        answers: probabilities (k, 2) by reader.
        tested: the readers, and their predictions of scans.
        learned_men: share of men among the people that the generator learned from.
        scoring: of the cohort.
    """
    common = scoring.common(EXPERIMENT, len(tested.readers.learned), len(tested.people))
    labels = {name: probabilities.argmax(axis=1) for name, probabilities in answers.items()}
    findings: list[Finding] = []
    for reader, read in labels.items():
        share = share_interval(int(read.sum()), len(read))
        findings.append(
            LabelScore(
                **common,
                model=reader,
                features=generator,
                **measured("share_male", share, "training_scans", learned_men),
            )
        )
    first, second = labels.values()
    same = share_interval(int((first == second).sum()), len(first))
    agreement = LabelScore(
        **common,
        model=BOTH,
        features=generator,
        **measured("agreement", same, SCANS, tested.agreement.agreement),
    )
    return [*findings, agreement]
