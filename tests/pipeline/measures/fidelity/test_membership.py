"""Copies give their people away, fresh draws of the same distribution do not."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity.membership import ATTACKS, membership


@pytest.fixture(scope="module")
def people() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.standard_normal((300, 8)), random.standard_normal((300, 8))


def _families(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(count) // 2, np.arange(count) // 2


def test_copies_give_members_away(people) -> None:
    members, others = people
    copies = members + 0.05 * np.random.default_rng(1).standard_normal(members.shape)
    found = membership(copies, members, others, _families(), 0)["distance"]
    assert found.advantage > 0.95
    assert found.auc > 0.99
    assert found.low > 0.9


def test_fresh_draws_give_nobody_away(people) -> None:
    fresh = np.random.default_rng(2).standard_normal((500, 8))
    for name, found in membership(fresh, *people, _families(), 0).items():
        assert name in ATTACKS
        assert found.low < 0 < found.high
        assert found.auc == pytest.approx(0.5, abs=0.08)


def test_unequal_numbers_make_no_advantage(people) -> None:
    fresh = np.random.default_rng(3).standard_normal((500, 8))
    found = membership(fresh, people[0], people[1][:100], (np.arange(300), np.arange(100)), 0)
    assert all(each.low < 0 < each.high for each in found.values())
