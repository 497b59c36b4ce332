"""Outputs of any form become predictions, and what does not fit the classes is named."""

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.handlers import CalibrationScores, Evaluated, SubgroupScores
from brainaging.pipeline.runtime import UserError

LOGITS = torch.tensor([[0.0, 2.0], [1.0, 0.0], [0.0, 0.5]])
TRUTH = torch.tensor([1, 0, 0])


def _gathered(output, classes=("F", "M"), **options):
    handler = CalibrationScores(
        Evaluated("toy", "classifier"), classes, output_transform=lambda out: out, **options
    )
    engine = Engine(lambda engine, batch: output)
    handler.attach(engine)
    engine.run([0])
    return handler


def test_logits_probabilities_one_logit_and_lists_are_the_same_predictions() -> None:
    expected = LOGITS.softmax(1).numpy()
    one = (LOGITS[:, 1] - LOGITS[:, 0])[:, None]
    for output, options in (
        ((LOGITS, TRUTH), {}),
        ((LOGITS.softmax(1), TRUTH), {"logits": False}),
        ((one, TRUTH[:, None]), {}),
        ((list(LOGITS), list(TRUTH)), {}),
    ):
        pred = _gathered(output, **options).predictions()
        np.testing.assert_allclose(pred.score, expected, atol=1e-6)
        assert pred.truth.tolist() == [1, 0, 0] and pred.predicted.tolist() == [1, 0, 1]


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(UserError, match=r"expected an output a class \(F, M, X\), found 2"):
        _gathered((LOGITS, TRUTH), ("F", "M", "X"))
    with pytest.raises(UserError, match="expected one truth each, found 3 and 2"):
        _gathered((LOGITS, TRUTH[:2]))


def test_numbers_have_no_classes_and_a_target_of_their_own() -> None:
    handler = SubgroupScores(Evaluated("toy", "regressor"), by="sex")
    assert handler.target == "age_years"
    assert CalibrationScores(Evaluated("toy", "classifier"), ("no", "yes")).target == "class"
    assert CalibrationScores(Evaluated("toy", "classifier"), ("F", "M")).target == "sex"
