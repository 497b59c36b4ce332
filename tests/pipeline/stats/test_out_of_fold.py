"""One loop over folds for all classifiers."""

import numpy as np
import pytest

from brainaging.pipeline.stats.out_of_fold import class_codes, classes_out_of_fold, spread_scores
from brainaging.pipeline.stats.sample_space import FoldSpace

LABELS = np.array(["F", "M", "", "F", "M", "M"])
X = np.arange(6.0)[:, None]


def space(train, test, number=0):
    train, test = np.array(train), np.array(test)
    return FoldSpace(train, test, X[train], X[test], number)


def test_a_model_sees_labelled_training_rows_alone_and_predicts_labelled_test_rows():
    seen = []

    def fit(x, y, groups, count):
        seen.append((x[:, 0].tolist(), y.tolist(), groups.tolist(), count))
        return lambda ahead: (np.zeros(len(ahead), dtype=int), np.tile([1.0, 0.0], (len(ahead), 1)))

    pred = classes_out_of_fold(
        fit, [space([0, 1, 2], [3, 4]), space([3, 4], [0, 2], 7)], LABELS, np.arange(6) * 10
    )
    assert seen == [([0.0, 1.0], [0, 1], [0, 10], 2), ([3.0, 4.0], [0, 1], [30, 40], 2)]
    assert pred.index.tolist() == [3, 4, 0]
    assert pred.fold.tolist() == [0, 0, 7]
    assert pred.truth.tolist() == [0, 1, 0]
    assert (pred.classes, pred.n_train, pred.note) == (("F", "M"), 2, "")


@pytest.mark.parametrize(("fewest", "folds"), [(2, 1), (1, 2)])
def test_a_fold_of_too_few_classes_is_left_out_and_noted(fewest, folds):
    def fit(x, y, groups, count):
        return lambda ahead: (np.zeros(len(ahead), dtype=int), np.zeros((len(ahead), count)))

    pred = classes_out_of_fold(fit, [space([0, 1], [3]), space([4, 5], [1], 1)], LABELS, np.arange(6), fewest)
    assert len(pred) == folds
    assert bool(pred.note) == (folds == 1)


def test_class_codes_put_the_unknown_aside():
    names, codes = class_codes(np.array(["M", "", "F"]))
    assert names == ("F", "M")
    np.testing.assert_array_equal(codes, [1, -1, 0])


def test_scores_stand_in_their_classes_columns():
    spread = spread_scores(np.array([[0.2, 0.8]]), np.array([0, 2]), 4)
    np.testing.assert_array_equal(spread, [[0.2, 0.0, 0.8, 0.0]])
