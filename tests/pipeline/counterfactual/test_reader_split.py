"""Readers learn from other people than the edit: families stay whole, and too few people have no reader."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.reader_split import split_for_reader


@pytest.mark.parametrize("seed", range(5))
def test_no_family_is_on_both_sides_and_everybody_on_one(seed):
    random = np.random.default_rng(seed)
    families = random.integers(0, 60, 160)
    strata = random.choice(["F22", "M22", "F30", "M30"], 160)
    edit, reader, reason = split_for_reader(families, strata)
    assert reason == ""
    assert not set(families[edit]) & set(families[reader])
    np.testing.assert_array_equal(np.sort(np.append(edit, reader)), np.arange(160))
    assert len(reader) == pytest.approx(40, abs=6)


@pytest.mark.parametrize(("count", "families"), [(79, 79), (200, 3)])
def test_too_few_people_or_families_have_no_reader_and_all_are_the_edits(count, families):
    edit, reader, reason = split_for_reader(np.arange(count) % families, np.full(count, "F"))
    np.testing.assert_array_equal(edit, np.arange(count))
    assert len(reader) == 0
    assert str(families if families < 4 else count) in reason
