"""Out-of-fold predictions: gathered over folds, paired by fold and subject."""

from dataclasses import replace

import numpy as np

from brainaging.pipeline.stats.predictions import Predictions, gather, impossible, shared_rows


def part(index, fold, n_train=10, note=""):
    index = np.array(index)
    score = np.column_stack([1 - index / 10, index / 10])
    return Predictions(
        index, np.full(len(index), fold), index % 2, index % 2, score, ("F", "M"), n_train, note=note
    )


def test_folds_are_gathered_in_order_with_their_mean_training_size():
    both = gather([part([3, 1], 0, 10, "a"), part([2], 1, 13, "a")])
    assert both.index.tolist() == [3, 1, 2]
    assert both.fold.tolist() == [0, 0, 1]
    assert (both.n_train, both.n_test, both.note) == (12, 3, "a")


def test_a_subject_of_two_repeats_is_tested_once():
    assert gather([part([1, 2], 0), part([2, 1], 1)]).n_test == 2


def test_only_what_both_predicted_in_the_same_fold_is_paired_in_one_order():
    left = gather([part([1, 2, 3], 0), part([4], 1)])
    right = gather([part([3, 9, 1], 0), part([4], 2)])
    for pair in (shared_rows(left, right), shared_rows(right, left)[::-1]):
        np.testing.assert_array_equal(pair[0].index, pair[1].index)
        assert sorted(pair[0].index.tolist()) == [1, 3]
        np.testing.assert_array_equal(pair[0].score, pair[1].score)


def test_what_could_not_be_predicted_is_empty_and_pairs_with_nothing():
    none = impossible("one sex only", ("F", "M"))
    assert (len(none), none.score.shape, none.reason) == (0, (0, 2), "one sex only")
    first, second = shared_rows(part([1, 2], 0), none)
    assert len(first) == len(second) == 0


def test_rows_are_chosen_by_mask_or_by_number():
    whole = part([5, 6, 7], 0)
    np.testing.assert_array_equal(whole.only(np.array([True, False, True])).index, [5, 7])
    np.testing.assert_array_equal(whole.only(np.array([2, 0])).score, whole.score[[2, 0]])
    assert replace(whole, note="x").only(np.array([0])).note == "x"
