"""Memorisation: its size under the null, and planted copies."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity import memorisation
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_without_memorisation_the_copy_rate_is_its_nominal_one(rng):
    p, copies = [], []
    for _ in range(60):
        # far more generated than real brains: each is the nearest of many, and these do not count singly
        measured = memorisation(*(rng.normal(size=(n, 5)) for n in (400, 60, 50)), rng, 200)
        p.append(measured.p)
        copies.append(measured.copies)
    # binomial, 60 draws at 5 %: more than 8 would come once in 200 runs
    assert (np.array(p) <= 0.05).sum() <= 8
    assert 0.2 < np.mean(p) < 0.8
    assert np.mean(copies) < 0.06


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_as_many_copies_are_counted_as_were_planted(rng, share):
    train, held_out = rng.normal(size=(2, 100, 8))
    generated = rng.normal(size=(200, 8))
    count = round(share * 200)
    generated[:count] = train[rng.integers(100, size=count)] + 1e-6
    measured = memorisation(generated, train, held_out, rng, 50)
    assert measured.copies == pytest.approx(share, abs=0.04)
    assert measured.copies_low < share < measured.copies_high


def test_copies_of_held_out_brains_are_no_memory(rng):
    train, held_out = rng.normal(size=(2, 60, 5))
    measured = memorisation(held_out + 1e-6, train, held_out, rng, 100)
    assert measured.nearer == 0
    assert measured.p > 0.99


def test_samples_of_another_width_are_refused(rng):
    with pytest.raises(UserError, match="one width"):
        memorisation(rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng)
