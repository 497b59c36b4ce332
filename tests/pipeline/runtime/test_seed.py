"""Named streams: same seed and names, same numbers; any other, others."""

import random

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.runtime import generator, seed_everything, subseed

NAMES = st.lists(st.text(st.characters(exclude_characters="\x1f")) | st.integers(0, 9), max_size=3)


@given(st.integers(0, 2**32), NAMES, NAMES)
def test_streams_are_told_apart_by_every_name(seed, one, other):
    same = list(map(str, one)) == list(map(str, other))
    assert (subseed(seed, *one) == subseed(seed, *other)) is same
    assert 0 <= subseed(seed, *one) < 2**32
    assert subseed(seed + 1, *one) != subseed(seed, *one)


def test_streams_stay_what_they_were():
    """Kept results rest on these numbers."""
    assert subseed(0, "folds") == 974418760
    assert subseed(3, "bootstrap", 1) == 2440320676


def test_a_name_that_is_no_utf_8_has_a_stream_of_its_own():
    """As Python decodes a file name in another encoding; once in a hundred runs hypothesis found it."""
    assert subseed(0, "\ud800") != subseed(0, "\ud801") != subseed(0)


def test_a_generator_draws_the_same_numbers_again_and_others_by_another_name():
    first = generator(3, "bootstrap").normal(size=100)
    np.testing.assert_array_equal(first, generator(3, "bootstrap").normal(size=100))
    assert abs(np.corrcoef(first, generator(3, "permutation").normal(size=100))[0, 1]) < 0.4


def test_every_global_generator_is_seeded():
    drawn = []
    before = torch.are_deterministic_algorithms_enabled()
    for _ in range(2):
        seed_everything(7)
        drawn.append((random.random(), float(np.random.rand()), float(torch.rand(()))))  # noqa: NPY002
    torch.use_deterministic_algorithms(before)
    assert drawn[0] == drawn[1]
