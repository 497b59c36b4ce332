"""Problems: gathered one by one, raised together, one line each."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.cohorts.problems import Problems


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=9)), max_size=4))
def test_every_problem_is_one_line_of_the_error(pairs):
    problems = Problems()
    for subject, reason in pairs:
        problems.add(subject, "people.csv line 2", reason)
    if not pairs:
        problems.raise_if_any("people.csv")
        return
    with pytest.raises(CohortError) as caught:
        problems.raise_if_any("people.csv", "skip-bad sets them aside")
    assert len(caught.value.problems) == len(problems) == len(problems.table()) == len(pairs)
    assert problems.subjects == {subject for subject, _ in pairs}
    assert f"{len(pairs)} problem" in str(caught.value)
    assert not any("\n" in problem.reason for problem in problems)


def test_an_error_survives_a_pickle_with_its_lines():
    error = CohortError("people.csv", ["line 2: bad", "line 3: bad"], "skip-bad")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) and again.problems == error.problems
    assert str(CohortError.single("people.csv: empty file")) == "people.csv: empty file"
