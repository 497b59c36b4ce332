"""Every check of the gate is a finding; labels are held to intentions only where a generator has any."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.experiments.synthetic.brain_readers import Readers, ReadersTested, as_predictions
from brainaging.pipeline.experiments.synthetic.cohort_parts import Sample
from brainaging.pipeline.experiments.synthetic.gate_findings import checks, gate_findings
from brainaging.pipeline.experiments.synthetic.generators import Brains
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.results import Scoring
from brainaging.transforms import get_grid, scale_head, template_mask, template_volume

GRID = get_grid("t1w_32")
GRIDS = {"scans": GRID.fingerprint, "generator": GRID.fingerprint}
READERS = ("residual_network", "densenet")
COMMON = {"grids", "shared_groups", "intensity", "head_size", "calibration", "labels", "label_balance"}


def _heads(sex: np.ndarray, seed: int) -> np.ndarray:
    """Return templates (n, X, Y, Z); men's are larger."""
    random = np.random.default_rng(seed)
    scales = np.where(sex == 1, 1.04, 0.98) + 0.01 * random.normal(size=len(sex))
    return np.stack([scale_head(template_volume(GRID), float(scale), antialias=False) for scale in scales])


def _answers(labels: np.ndarray) -> np.ndarray:
    male = np.where(labels == 1, 0.95, 0.05)
    return np.column_stack([1 - male, male])


@pytest.fixture(scope="module")
def sex() -> np.ndarray:
    return np.arange(60) % 2


@pytest.fixture(scope="module")
def people(sex: np.ndarray) -> SimpleNamespace:
    fresh = Sample(_heads(sex, 0), sex, np.arange(60))
    return SimpleNamespace(
        fresh=fresh,
        learned=SimpleNamespace(groups=np.arange(100, 130)),
        mask=template_mask(GRID),
        prepared=SimpleNamespace(grid=GRID),
    )


@pytest.fixture
def tested(sex: np.ndarray, people: SimpleNamespace) -> ReadersTested:
    of_scans = {reader: as_predictions(_answers(sex), sex) for reader in READERS}
    return ReadersTested(
        Readers({}, np.arange(200, 230)),
        people.fresh,
        of_scans,
        {"reconstructions": of_scans},
        sex,
        head_sizes(people.fresh.volumes, GRID.spacing),
    )


@pytest.fixture(scope="module")
def brains(sex: np.ndarray) -> Brains:
    return Brains(_heads(sex, 1), sex)


def test_good_brains_pass_and_every_check_is_a_finding(sex, people, tested, brains) -> None:
    measured = checks(brains, dict.fromkeys(READERS, _answers(sex)), tested, people, GRIDS)
    assert all(check.passed for check in measured), [check.reason for check in measured if not check.passed]
    assert {check.metric for check in measured} == COMMON | {"skill", "intended_labels", "label_agreement"}
    scoring = Scoring("toy", "T1w", 0, np.arange(60))
    findings = gate_findings("gan", measured, tested, scoring)
    assert [finding.metric for finding in findings] == [check.metric for check in measured]
    assert [finding.reader for finding in findings if finding.metric == "skill"] == list(READERS)
    assert {(finding.n_train, finding.n_test) for finding in findings} == {(30, 60)}


def test_labels_that_are_not_what_was_intended_fail(sex, people, tested, brains) -> None:
    opposite = replace(brains, intended=1 - sex)
    measured = checks(opposite, dict.fromkeys(READERS, _answers(sex)), tested, people, GRIDS)
    assert [check.metric for check in measured if not check.passed] == ["intended_labels"]


def test_a_generator_that_intends_nothing_is_not_held_to_it(sex, people, tested, brains) -> None:
    none = Brains.of_no_kind(brains.volumes)
    measured = checks(none, dict.fromkeys(READERS, _answers(sex)), tested, people, GRIDS)
    assert "intended_labels" not in {check.metric for check in measured}


def test_readers_that_learned_from_the_generators_people_fail(sex, people, tested, brains) -> None:
    leaking = replace(tested, readers=Readers({}, np.arange(129, 160)))
    measured = checks(brains, dict.fromkeys(READERS, _answers(sex)), leaking, people, GRIDS)
    (failed,) = [check for check in measured if not check.passed]
    assert (failed.metric, failed.value) == ("shared_groups", 1)
