"""Plain data into typed dataclasses: a part may be left out, and what is wrong is named."""

from dataclasses import dataclass, field

import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.typed_values import between, build


@dataclass(frozen=True)
class Inner:
    share: float = between(0, 1)


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner | None = None
    several: list[Inner] = field(default_factory=list)


def test_a_part_that_may_be_left_out_is_read_where_it_is_there():
    assert build(Outer, {"name": "a"}, "x") == Outer("a")
    assert build(Outer, {"name": "a", "inner": None}, "x") == Outer("a")
    assert build(Outer, {"name": "a", "inner": {"share": 1}}, "x") == Outer("a", Inner(1.0))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"name": "a", "inner": {"share": 2}}, r"x\.inner\.share: expected 0 to 1, got 2\.0"),
        ({"name": "a", "inner": 3}, r"x\.inner: expected a mapping, got 3"),
        ({"name": "a", "several": [{"part": 1}]}, r"x\.several\[0\]: unknown key part; expected share"),
        ({}, r"x: name is missing"),
    ],
)
def test_what_is_wrong_is_named(data, message):
    with pytest.raises(UserError, match=message):
        build(Outer, data, "x")
