"""Refusals of cohorts, checked alike everywhere."""

from collections.abc import Callable

import pytest

from brainaging.pipeline.data import CohortError, read_cohort


@pytest.fixture(scope="session")
def refused() -> Callable[..., CohortError]:
    """Return a reader that expects a refusal: (match, *arguments and options of read_cohort) → the error."""

    def read(match: str, *arguments: object, **options: object) -> CohortError:
        with pytest.raises(CohortError, match=match) as caught:
            read_cohort(*arguments, **options)
        assert all("\n" not in line for line in caught.value.problems)
        return caught.value

    return read
