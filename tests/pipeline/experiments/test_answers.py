"""One engine from questions to findings."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.experiments import answers
from brainaging.pipeline.experiments.answers import answer, baseline_code, predict, score
from brainaging.pipeline.experiments.questions import Contrast, Question
from brainaging.pipeline.results import Probe, Scoring
from brainaging.pipeline.stats.predictions import impossible
from brainaging.pipeline.stats.sample_space import fold_spaces

SEX = Probe(target="sex", features="voxels", model="logistic_regression")
COMMON = replace(SEX, features="none", model="majority")
AGE = Probe(target="age_years", features="voxels", model="ridge")


@pytest.fixture(scope="module")
def made(plant):
    return plant(n=60, p=6, sex_effect=4.0, age_effect=4.0)


@pytest.fixture
def questions(made):
    spaces = fold_spaces(made.features, made.grouped)
    return [
        Question(COMMON, spaces, made.sex, made.groups, is_scored=False),
        Question(SEX, spaces, made.sex, made.groups, (COMMON,), stream=("permutation", "sex", "voxels")),
        Question(
            replace(SEX, adjustment="pca2"),
            spaces,
            made.sex,
            made.groups,
            contrasts=(Contrast("features", "voxels", SEX),),
        ),
    ]


def scoring(made):
    return Scoring("toy", "T1w", 0, made.groups, 30)


def test_planted_sex_is_predicted_scored_tested_and_compared(made, questions):
    predictions, findings = answer(questions, scoring(made), 19)
    assert set(predictions) == {COMMON, SEX, replace(SEX, adjustment="pca2")}
    by_kind = {(row.kind, row.adjustment, row.metric): row for row in findings}
    raw = by_kind["score", "", "accuracy"]
    assert raw.ci_low > 0.6
    assert (raw.baseline, raw.model) == ("majority", "logistic_regression")
    assert by_kind["permutation_p", "", "permutation_p"].value == 0.05
    assert by_kind["permutation_p", "", "permutation_p"].model == "ridge"
    # the two are the same features here
    assert by_kind["difference", "pca2", "auc"].value == 0
    assert by_kind["score", "pca2", "auc"].baseline == ""
    assert not any(row.model == "majority" for row in findings)


def test_one_fit_of_years_gives_raw_and_corrected(made, monkeypatch):
    fits = []
    plain = answers.regress_by
    monkeypatch.setattr(answers, "regress_by", lambda *args: fits.append(args[0]) or plain(*args))
    spaces = fold_spaces(made.features, made.grouped)
    questions = [
        Question(probe, spaces, made.years, made.groups)
        for probe in (AGE, replace(AGE, adjustment="bias_corrected"))
    ]
    predictions = predict(questions, 0)
    assert fits == ["ridge"]
    slopes = [np.polyfit(predictions[q.probe].truth, predictions[q.probe].predicted, 1)[0] for q in questions]
    assert slopes[0] < slopes[1]


def test_years_adjusted_otherwise_leave_the_plain_ones_alone(made):
    spaces = fold_spaces(made.features, made.grouped)
    harmonised = replace(AGE, adjustment="combat")
    other = fold_spaces(made.features[:, :1], made.grouped)
    predictions = predict(
        [Question(AGE, spaces, made.years, made.groups), Question(harmonised, other, made.years, made.groups)], 0
    )
    assert set(predictions) == {AGE, replace(AGE, adjustment="bias_corrected"), harmonised}
    plain = predict([Question(AGE, spaces, made.years, made.groups)], 0)[AGE]
    np.testing.assert_array_equal(predictions[AGE].predicted, plain.predicted)
    assert not np.array_equal(predictions[harmonised].predicted, plain.predicted)


def test_the_first_baseline_that_could_be_predicted_stands_beside(made, questions):
    by_size = replace(SEX, features="head_size")
    predictions = predict(questions, 0) | {by_size: impossible("no head sizes", ("F", "M"))}
    question = replace(questions[1], baselines=(by_size, COMMON), stream=())
    assert {row.baseline for row in score([question], predictions, scoring(made), 9)} == {"majority"}
    # where none could be, the last one is named and has no value
    question = replace(question, baselines=(by_size,))
    (row, *_) = score([question], predictions, scoring(made), 9)
    assert row.baseline == "head_size"
    assert np.isnan(row.baseline_value)


def test_a_baseline_of_head_size_is_called_by_its_features():
    by_size = replace(SEX, features="head_size")
    assert baseline_code(COMMON) == "majority"
    assert baseline_code(by_size) == "head_size"
    assert baseline_code(replace(by_size, adjustment="head_size_matched")) == "head_size_matched"
