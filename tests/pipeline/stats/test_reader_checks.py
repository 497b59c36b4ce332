"""Readers that know people pass; every planted failure of theirs, or of the brains that they label, is stopped."""

import numpy as np
import pytest

from brainaging.pipeline.stats import GateError, LabelPairs, reader_checks, require
from brainaging.pipeline.stats.predictions import Predictions


def _answers(n: int, seed: int, sharpness: float = 1.0) -> Predictions:
    """Return calibrated predictions of two classes; ``sharpness`` over 1 makes them too sure."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 3, n)
    truth = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    male = 1 / (1 + np.exp(-sharpness * odds))
    score = np.column_stack([1 - male, male])
    return Predictions(np.arange(n), np.zeros(n, int), truth, score.argmax(1), score, ("F", "M"), 0)


def _heads(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sexes (n,), half of them male, and head sizes (n,), two standard deviations apart."""
    random = np.random.default_rng(seed)
    male = random.permutation(np.arange(n) % 2)
    return male, 1200 + 120 * male + 60 * random.normal(size=n)


def _noisy(labels: np.ndarray, wrong: float, seed: int) -> np.ndarray:
    return np.where(np.random.default_rng(seed).random(len(labels)) < wrong, 1 - labels, labels)


def test_readers_of_brains_like_the_scans_pass() -> None:
    (people, sizes), (brains, drawn) = _heads(300, 0), _heads(500, 1)
    labels, answers = _noisy(people, 0.08, 2), _noisy(brains, 0.08, 3)
    require(
        [
            reader_checks.independence_check(np.arange(50), np.arange(50, 90), np.arange(90, 120)),
            reader_checks.skill_check("densenet", _answers(200, 2)),
            reader_checks.calibration_check("densenet", _answers(200, 2), _answers(200, 3)),
            reader_checks.degeneracy_check(answers),
            reader_checks.balance_check((labels, answers), (sizes, drawn)),
            reader_checks.intention_check(LabelPairs(people, labels), LabelPairs(brains, answers)),
            reader_checks.agreement_check(
                LabelPairs(labels, _noisy(people, 0.08, 4)), LabelPairs(answers, _noisy(brains, 0.08, 5))
            ),
        ]
    )


@pytest.mark.parametrize("where", [(0, 1), (0, 2), (1, 2)])
def test_people_who_stand_on_two_sides_are_stopped(where: tuple[int, int]) -> None:
    sides = [np.arange(20), np.arange(20, 40), np.arange(40, 60)]
    sides[where[1]] = np.append(sides[where[1]], sides[where[0]][:3])
    check = reader_checks.independence_check(*sides)
    assert check.value == 3
    with pytest.raises(GateError, match=r"shared_groups: .* 3 groups are shared"):
        require([check])


def test_a_generator_that_repeats_one_brain_is_stopped() -> None:
    with pytest.raises(GateError, match=r"labels: 100\.0% of synthetic brains are labelled male"):
        require([reader_checks.degeneracy_check(np.ones(300, int))])


def test_permuted_labels_are_stopped() -> None:
    honest = _answers(300, 0)
    truth = np.random.default_rng(1).permutation(honest.truth)
    permuted = Predictions(honest.index, honest.fold, truth, honest.predicted, honest.score, ("F", "M"), 0)
    check = reader_checks.skill_check("densenet", permuted)
    assert check.reader == "densenet"
    with pytest.raises(GateError, match="skill: densenet is right on"):
        require([check])


def test_a_classifier_that_is_too_sure_of_reconstructions_is_stopped() -> None:
    with pytest.raises(GateError, match="calibration: calibration error"):
        require([reader_checks.calibration_check("densenet", _answers(2000, 0), _answers(2000, 1, sharpness=6.0))])


def test_the_right_share_of_men_on_the_wrong_brains_is_stopped() -> None:
    # the share alone is that of people, as latents drawn with it make it; what it is drawn with no longer shows
    people, sizes = _heads(300, 0)
    brains, drawn = _heads(500, 1)
    shuffled = np.random.default_rng(2).permutation(brains)
    assert shuffled.mean() == people.mean()
    answers = _noisy(people, 0.1, 3)
    assert reader_checks.degeneracy_check(shuffled).passed
    with pytest.raises(GateError, match=r"label_balance: .* heads"):
        require([reader_checks.balance_check((people, shuffled), (sizes, drawn))])
    with pytest.raises(GateError, match=r"intended_labels: .* as their latents intend"):
        require([reader_checks.intention_check(LabelPairs(people, answers), LabelPairs(brains, shuffled))])


def test_brains_of_the_other_sex_than_intended_are_stopped() -> None:
    people, brains = _heads(300, 0)[0], _heads(500, 1)[0]
    check = reader_checks.intention_check(LabelPairs(people, people), LabelPairs(brains, 1 - brains))
    assert (check.value, check.passed) == (0, False)


@pytest.mark.parametrize("check", [reader_checks.intention_check, reader_checks.agreement_check])
def test_few_scans_or_scans_that_agree_by_chance_are_no_excuse(check) -> None:
    """Labels of brains that know nothing of each other agree on half of them, and that is no agreement."""
    random = np.random.default_rng(0)
    kinds, labels = random.integers(2, size=(2, 400))
    assert not check(LabelPairs(kinds[:10], labels[:10]), LabelPairs(kinds, random.permutation(labels))).passed
    assert check(LabelPairs(kinds[:10], kinds[:10]), LabelPairs(kinds, kinds)).passed


def test_heads_of_one_half_alone_are_stopped() -> None:
    people, sizes = _heads(200, 0)
    check = reader_checks.balance_check((people, people), (sizes, sizes + 1000))
    assert not check.passed
    assert check.reason.startswith("0 synthetic heads")


def test_readers_that_part_over_synthetic_brains_are_stopped() -> None:
    same = np.arange(400) % 2
    other = np.random.default_rng(0).integers(0, 2, 1000)
    with pytest.raises(
        GateError, match=r"label_agreement: two readers agree on .* of synthetic brains and 100\.0% of scans"
    ):
        require([reader_checks.agreement_check(LabelPairs(same, same), LabelPairs(np.arange(1000) % 2, other))])
