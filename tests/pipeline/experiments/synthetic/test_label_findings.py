"""What readers say stands beside what it must beat: the commoner sex, the same reader's scans, chance."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.synthetic.brain_readers import Readers, ReadersTested, as_predictions
from brainaging.pipeline.experiments.synthetic.cohort_parts import Sample
from brainaging.pipeline.experiments.synthetic.label_findings import label_findings, reader_findings
from brainaging.pipeline.results import Scoring

FIRST, SECOND = "residual_network", "densenet"
SCORING = Scoring("toy", "T1w", 0, np.arange(60), replicates=50)


def _answers(labels: np.ndarray) -> np.ndarray:
    male = np.where(labels == 1, 0.8, 0.2)
    return np.column_stack([1 - male, male])


@pytest.fixture
def tested() -> ReadersTested:
    sex = np.arange(40) % 2
    wrong = np.where(np.arange(40) < 4, 1 - sex, sex)
    people = Sample(np.zeros((40, 2, 2, 2), np.float32), sex, np.arange(40) // 2)
    of_scans = {FIRST: as_predictions(_answers(sex), sex), SECOND: as_predictions(_answers(wrong), sex)}
    of_reconstructions = {"reconstructions": dict.fromkeys((FIRST, SECOND), of_scans[SECOND])}
    readers = Readers({}, np.arange(25))
    return ReadersTested(readers, people, of_scans, of_reconstructions, np.full(40, -1), np.ones(40))


def test_scores_stand_beside_the_commoner_sex_and_beside_scans(tested: ReadersTested) -> None:
    findings = {(f.features, f.model, f.metric): f for f in reader_findings(tested, 0.45, SCORING)}
    accuracy = findings["held_out_scans", SECOND, "accuracy"]
    assert (accuracy.value, accuracy.baseline, accuracy.baseline_value) == (0.9, "majority", 0.5)
    assert (accuracy.n_train, accuracy.n_test) == (25, 40)
    again = findings["reconstructions", FIRST, "accuracy"]
    assert (again.value, again.baseline, again.baseline_value) == (0.9, "held_out_scans", 1.0)
    agreement = findings["held_out_scans", "two_classifiers", "agreement"]
    assert (agreement.value, agreement.baseline) == (0.9, "chance")
    assert agreement.ci_low < 0.9 < agreement.ci_high
    assert agreement.baseline_value == pytest.approx(0.5)


def test_labels_of_brains_stand_beside_training_people_and_scans(tested: ReadersTested) -> None:
    male = np.r_[np.ones(30), np.zeros(20)].astype(int)
    answers = {FIRST: _answers(male), SECOND: _answers(np.r_[male[:40], 1 - male[40:]])}
    findings = {(f.model, f.metric): f for f in label_findings("gan", answers, tested, 0.45, SCORING)}
    share = findings[FIRST, "share_male"]
    assert (share.value, share.baseline, share.baseline_value) == (0.6, "training_scans", 0.45)
    assert findings[SECOND, "share_male"].value == 0.8
    agreement = findings["two_classifiers", "agreement"]
    assert (agreement.value, agreement.baseline, agreement.baseline_value) == (0.8, "held_out_scans", 0.9)
    assert all(finding.features == "gan" for finding in findings.values())
