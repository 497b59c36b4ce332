"""A classifier of head size alone is found out, and one of something else is not."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.stats import matched_on_head_size, scale_answers, without_head_size
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.scores import accuracy, auc, point
from brainaging.transforms import template_volume


def _cohort(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Return sex (n,) and head sizes (n,) that differ by sex as people's do."""
    random = np.random.default_rng(0)
    sex = random.integers(0, 2, n)
    return sex, 1200 * np.exp(0.12 * sex + 0.06 * random.standard_normal(n))


def _pred(odds: np.ndarray, sex: np.ndarray) -> Predictions:
    male = 1 / (1 + np.exp(-odds))
    score = np.column_stack([1 - male, male])
    fold = np.arange(len(sex)) % 3
    return Predictions(np.arange(len(sex)), fold, sex, score.argmax(1), score, ("F", "M"), 0)


def alone(size: np.ndarray) -> np.ndarray:
    """Return everybody as a family of their own."""
    return np.arange(len(size))


def test_no_label_calibrates_its_own_person_or_a_relative() -> None:
    """A planted leak: two relatives swap labels. Their family's scores stay, only those of others move."""
    families = np.repeat(np.arange(20), 3)
    size = _cohort(60)[1]
    sex = np.tile([0, 1, 1, 0, 1, 0], 10)
    pred = replace(_pred(np.random.default_rng(1).standard_normal(60), sex), fold=np.zeros(60, dtype=int))
    swapped = pred.truth.copy()
    swapped[:2] = swapped[1::-1]
    pair = [without_head_size(replace(pred, truth=truth), size, families) for truth in (pred.truth, swapped)]
    own, others = (
        [left.score[np.isin(left.index, rows)][:, 1] for left in pair] for rows in (np.arange(3), np.arange(3, 60))
    )
    np.testing.assert_array_equal(*own)
    assert not np.allclose(*others)


def test_nothing_is_left_of_a_classifier_of_head_size() -> None:
    sex, size = _cohort()
    noise = 0.3 * np.random.default_rng(1).standard_normal(len(sex))
    pred = _pred(20 * (np.log(size) - np.log(size).mean()) + noise, sex)
    assert point(accuracy, pred) > 0.75
    assert point(auc, without_head_size(pred, size, alone(size))) == pytest.approx(0.5, abs=0.08)
    assert point(auc, matched_on_head_size(pred, size)) == pytest.approx(0.5, abs=0.12)


def test_what_is_not_head_size_stays() -> None:
    sex, size = _cohort()
    pred = _pred(3.0 * (2 * sex - 1) + np.random.default_rng(1).standard_normal(len(sex)), sex)
    assert point(accuracy, matched_on_head_size(pred, size)) > 0.95
    # Part of sex goes out with head size, which is why the matched pairs stand beside: these odds' line in log
    # size has a slope of 25, so that the classes' means are 6 - 25 * 0.12 = 3 apart and each class spreads by
    # sqrt(1 + (25 * 0.06)^2) = 1.8. Such normal scores have an AUC of 0.88; of 600 people its standard error
    # is 0.014.
    left = point(auc, without_head_size(pred, size, alone(size)))
    assert left == pytest.approx(norm.cdf(3 / np.sqrt(2 * (1 + 1.5**2))), abs=3 * 0.014)


def test_pairs_are_of_one_size_and_of_each_sex() -> None:
    sex, size = _cohort()
    kept = matched_on_head_size(_pred(np.zeros(len(sex)), sex), size)
    assert (kept.truth == 1).sum() == (kept.truth == 0).sum() > 20
    means = [np.log(size[kept.index[kept.truth == k]]).mean() for k in (0, 1)]
    assert abs(means[1] - means[0]) < 0.01


def test_without_two_classes_there_is_a_reason() -> None:
    _, size = _cohort(20)
    three = Predictions(*(np.zeros(3, int),) * 4, np.zeros((3, 3)), ("a", "b", "c"), 0)
    assert "two classes" in without_head_size(three, size, alone(size)).reason
    assert "two classes" in matched_on_head_size(three, size).reason
    ones = _pred(np.zeros(20), np.ones(20, int))
    assert "2 subjects of each class" in without_head_size(ones, size, alone(size)).reason


def test_the_curve_of_a_size_classifier_rises() -> None:
    one = template_volume("t1w_32")[None]

    def predict(volumes: np.ndarray) -> np.ndarray:
        male = 1 / (1 + np.exp(-(head_sizes(volumes, 6.0) - head_sizes(one, 6.0)[0]) / 50))
        return np.column_stack([1 - male, male])

    curve = scale_answers(predict, one, (0.914, 1.0, 1.06)).mean(axis=1)
    assert curve[0] < 0.1 < curve[1] == pytest.approx(0.5, abs=0.01)
    assert curve[2] > 0.9
