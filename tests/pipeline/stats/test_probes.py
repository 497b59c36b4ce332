import numpy as np
import pytest

from brainaging.pipeline.stats.bootstrap import interval, leak
from brainaging.pipeline.stats.probes import DEFAULT_PENALTY, choose_penalty, classify
from brainaging.pipeline.stats.sample_space import fold_spaces
from brainaging.pipeline.stats.scores import accuracy, auc, balanced_accuracy, point


def test_a_planted_sex_effect_is_found_and_the_interval_excludes_chance(plant):
    made = plant(sex_effect=3.0)
    pred = classify(fold_spaces(made.features, made.grouped), made.sex, made.groups, 0)
    value, low, high = interval(balanced_accuracy, pred, made.groups, 0)
    assert 0.5 < low < value < high
    assert pred.n_test == len(made.sex)
    assert pred.n_train == 128


def test_null_labels_stay_at_chance(plant):
    covered = 0
    for seed in range(12):
        made = plant(n=100, p=20, seed=seed)
        pred = classify(fold_spaces(made.features, made.grouped), made.sex, made.groups, seed)
        _, low, high = interval(auc, pred, made.groups, seed)
        covered += low <= 0.5 <= high
    assert covered >= 10


def test_every_prediction_comes_from_a_fold_that_never_saw_the_row(plant):
    made = plant(sex_effect=2.0)
    pred = classify(fold_spaces(made.features, made.grouped), made.sex, made.groups, 0)
    for number, (_, test) in enumerate(made.grouped):
        np.testing.assert_array_equal(np.sort(pred.index[pred.fold == number]), np.sort(test))
    flipped = made.sex.copy()
    fold = made.grouped[0][1]
    flipped[fold] = np.where(flipped[fold] == "M", "F", "M")
    again = classify(fold_spaces(made.features, made.grouped), flipped, made.groups, 0)
    np.testing.assert_array_equal(pred.score[pred.fold == 0], again.score[again.fold == 0])
    spoiled = made.features.copy()
    spoiled[fold[1:]] = 50.0
    moved = classify(fold_spaces(spoiled, made.grouped), made.sex, made.groups, 0)
    np.testing.assert_allclose(moved.score[moved.index == fold[0]], pred.score[pred.index == fold[0]], atol=1e-6)


def test_relatives_on_both_sides_flatter_the_score(plant):
    # features carry the family, not the sex; relatives share their sex: only a leak can tell it
    made = plant(n=200, p=400, family=3.0, shared_sex=True)
    honest = classify(fold_spaces(made.features, made.grouped), made.sex, made.groups, 0)
    loose = classify(fold_spaces(made.features, made.random), made.sex, np.arange(200), 0)
    value, low, _ = leak(balanced_accuracy, loose, honest, made.groups, 0)
    assert low > 0.1
    assert value == pytest.approx(point(balanced_accuracy, loose) - point(balanced_accuracy, honest))


def test_more_than_two_classes_and_unknown_labels(plant):
    made = plant(n=300, age_effect=4.0)
    brackets = np.array(["20-26", "27-33", "34-40"])[np.digitize(made.years, [27, 34])].astype(object)
    brackets[:10] = ""
    pred = classify(fold_spaces(made.features, made.grouped), brackets.astype(str), made.groups, 0)
    assert pred.classes == ("20-26", "27-33", "34-40")
    assert not np.isin(np.arange(10), pred.index).any()
    assert point(accuracy, pred) > 0.6
    np.testing.assert_allclose(pred.score.sum(axis=1), 1.0)


def test_the_penalty_follows_the_signal_and_a_small_fold_takes_the_default():
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    chosen = []
    for effect in (0.0, 1.5):
        draws = rng.normal(size=(5, 120, 100)) / 10
        draws[:, :, 0] += effect * (y - 0.5)
        chosen.append([choose_penalty(x, y, np.arange(120), 0) for x in draws])
    assert max(chosen[0]) < min(chosen[1])
    assert choose_penalty(draws[0, :4], y[:4], np.arange(4), 0) == DEFAULT_PENALTY


@pytest.mark.parametrize(
    ("labels", "reason"),
    [(["F"] * 8, "found F only"), ([""] * 8, "found none"), (["F"] * 4 + ["M"] * 4, "no training fold")],
)
def test_a_cohort_that_cannot_answer_says_why(labels, reason):
    spaces = fold_spaces(np.eye(8), [(np.arange(4), np.arange(4, 8))])
    pred = classify(spaces, np.array(labels), np.arange(8), 0)
    assert len(pred) == 0
    assert reason in pred.reason


def test_two_subjects_in_training_still_predict():
    spaces = fold_spaces(np.eye(4), [(np.arange(2), np.arange(2, 4))])
    pred = classify(spaces, np.array(["F", "M", "F", "M"]), np.arange(4), 0)
    assert len(pred) == 2
