"""What --vary says: ranges, logarithms, choices; every other form is one line."""

import pytest

from brainaging.pipeline.cli.work.vary_words import parse_varied
from brainaging.pipeline.experiments.tuning.varied import Varied
from brainaging.pipeline.runtime import UserError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("learning_rate=1e-4:0.01:log", Varied("learning_rate", 1e-4, 0.01, True)),
        ("latent_size=10:50", Varied("latent_size", 10, 50)),
        ("hidden=16,64", Varied("hidden", choices=(16, 64))),
        ("train#trainer#amp=true,false", Varied("train#trainer#amp", choices=(True, False))),
        ("architecture=resnet,densenet", Varied("architecture", choices=("resnet", "densenet"))),
    ],
)
def test_forms_are_read(text, expected):
    assert parse_varied(text) == expected


OTHERS = (
    "",
    "a",
    "a=",
    "=1:2",
    "a=1",
    "a=1:2:3",
    "a=1:2:ln",
    "a=2:1",
    "a=1:1",
    "a=x:y",
    "a=true:false",
    "a=$x,1",
    "a=[1,2",
)


@pytest.mark.parametrize("text", OTHERS)
def test_other_forms_are_one_line_that_names_them(text):
    with pytest.raises(UserError, match="--vary") as caught:
        parse_varied(text)
    assert "\n" not in str(caught.value) and text in str(caught.value)


def test_a_logarithm_needs_numbers_above_zero():
    with pytest.raises(UserError, match="logarithm"):
        parse_varied("a=0:1:log")
