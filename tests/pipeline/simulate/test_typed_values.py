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


@dataclass(frozen=True)
class Slow:
    years: float
    kind: str = "slow"


@dataclass(frozen=True)
class Fast:
    days: float
    kind: str = "fast"


@dataclass(frozen=True)
class Round:
    radius: float


@dataclass(frozen=True)
class Square:
    width: float
    height: float


@dataclass(frozen=True)
class Either:
    pace: Slow | Fast
    form: Round | Square


def test_one_of_several_is_told_by_its_kind_or_by_its_keys():
    data = {"pace": {"kind": "fast", "days": 2}, "form": {"width": 1, "height": 2}}
    assert build(Either, data, "x") == Either(Fast(2.0), Square(1.0, 2.0))
    with pytest.raises(UserError, match=r"x\.pace\.kind: expected one of slow, fast, got None"):
        build(Either, {**data, "pace": {"days": 2}}, "x")
    with pytest.raises(UserError, match=r"x\.form: height is missing"):
        build(Either, {**data, "form": {"width": 1}}, "x")
