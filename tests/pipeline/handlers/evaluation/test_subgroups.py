"""A predictor that fails some people is found out, and nobody is a subgroup of one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from brainaging.pipeline.handlers import Evaluated, SubgroupScores
from brainaging.pipeline.handlers.evaluation.subgroups import subgroups
from brainaging.pipeline.runtime import UserError


def test_whom_it_fails_is_seen(people: list[dict[str, Any]], run: Callable[..., dict[str, float]]) -> None:
    """Ages that are told two years too high for women, and ten too low for men."""
    told = [
        {
            **item,
            "image": torch.tensor([item["age"] + (2.0 if item["sex"] == "F" else -10.0)]),
            "label": item["age"],
        }
        for item in people
    ]
    handler = SubgroupScores(Evaluated("toy", "regressor"), "sex")
    metrics = run(told, handler)
    assert metrics["mae_F"] == pytest.approx(2) and metrics["mae_M"] == pytest.approx(10)
    assert {row.people for row in handler.found} == {"F", "M"} and {row.n_test for row in handler.found} == {30}


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("age", {"to_40", "40_to_60", "from_60"}),
        ("head_size", {"smaller_heads", "larger_heads"}),
        ("site", {"one", "two"}),  # the third has five people
    ],
)
def test_every_covariate(people: list[dict[str, Any]], run: Callable[..., dict[str, float]], by, groups) -> None:
    metrics = run(people, SubgroupScores(Evaluated("toy", "classifier"), by, ("F", "M")))
    assert {name.removeprefix("accuracy_") for name in metrics if name.startswith("accuracy_")} == groups


def test_people_of_unknown_covariate_belong_nowhere() -> None:
    values = np.array([np.nan, 30.0, 80.0])
    assert not any(inside[0] for inside in subgroups("age", values).values())
    assert not any(inside[0] for inside in subgroups("head_size", values).values())
    with pytest.raises(UserError, match="by: expected one of sex, age, head_size, site, found 'shoes'"):
        SubgroupScores(Evaluated("toy", "classifier"), "shoes")
