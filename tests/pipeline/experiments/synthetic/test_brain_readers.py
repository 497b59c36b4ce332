"""Readers learn from their own part of the people alone, and say of brains what their networks say."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.data import check_leak
from brainaging.pipeline.experiments.budget import BUDGETS
from brainaging.pipeline.experiments.synthetic.brain_readers import (
    FOLDERS,
    Readers,
    ReadersTested,
    as_predictions,
    reader_learners,
    trained_readers,
)
from brainaging.pipeline.experiments.synthetic.classifiers import FIRST, SECOND, sex_learners
from brainaging.pipeline.experiments.synthetic.cohort_parts import Parts, People, Sample


def _brains(means: list[float]) -> np.ndarray:
    return np.repeat(np.array(means, np.float32), 8).reshape(-1, 2, 2, 2)


def test_readers_learn_from_nobody_that_the_generator_knows(stand_in, brightness) -> None:
    groups, sex = np.repeat(np.arange(15), 2), np.tile(["F", "M", ""], 10)
    cohort = SimpleNamespace(groups=lambda: groups, table={"sex": SimpleNamespace(to_numpy=lambda dtype: sex)})
    people = People(
        SimpleNamespace(cohort=cohort),
        np.zeros((30, 2, 2, 2), np.float32),
        Parts(np.arange(10), np.arange(10, 20), np.arange(20, 30)),
    )
    training = stand_in(people.prepared, people.volumes, brightness())
    learners = reader_learners(Path("bundle"), BUDGETS["short"].synthetic)
    readers = trained_readers(training, learners, people)
    assert list(readers.networks) == [FIRST, SECOND]
    for name in FOLDERS.values():
        rows = training.rows[name, 0]
        check_leak(groups, rows, people.parts.generator, people.parts.held_out)
        assert (people.sex[rows] >= 0).all()
    np.testing.assert_array_equal(readers.learned, groups[training.rows[FOLDERS[FIRST], 0]])


def test_readers_keep_folders_of_their_own() -> None:
    headline, readers = sex_learners(Path("b"), 3), reader_learners(Path("b"), BUDGETS["short"].synthetic)
    assert not {learner.name for learner in headline.values()} & {learner.name for learner in readers.values()}
    assert readers[SECOND].overrides == headline[SECOND].overrides


def test_answers_are_probabilities_of_each_brain(brightness) -> None:
    readers = Readers({FIRST: brightness(), SECOND: brightness()}, np.arange(4))
    sex = np.array([0, 1, 1])
    predictions = readers.predictions(_brains([-2, 2, -1]), sex)
    for of_reader in predictions.values():
        np.testing.assert_array_equal(of_reader.predicted, [0, 1, 0])
        np.testing.assert_array_equal(of_reader.truth, sex)
        np.testing.assert_allclose(of_reader.score.sum(axis=1), 1)


def test_agreement_is_of_both_readers(brightness) -> None:
    sex = np.array([0, 1, 1, 0])
    first = as_predictions(np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]]), sex)
    second = as_predictions(np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]), sex)
    people = Sample(_brains([0, 0, 0, 0]), sex, np.arange(4))
    tested = ReadersTested(
        Readers({}, np.arange(3)), people, {FIRST: first, SECOND: second}, {}, np.full(4, -1), np.ones(4)
    )
    assert tested.agreement.agreement == 0.75
    assert tested.agreement.by_chance == pytest.approx(0.5 * 0.25 + 0.5 * 0.75)
