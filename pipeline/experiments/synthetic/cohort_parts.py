"""Who learns and who tests: three parts of a cohort that share no group, and people from outside of it.

A classifier that was fitted on the people that a generator learned from recognises them in the generator's brains.
So the first fold's training people are parted by groups: a generator and its encoder learn from one half, the
readers of its brains from the other. Readers are tested on the fold's held-out people, and distances are measured
to them, or to people from outside where there are some: none of them taught anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from brainaging.pipeline.data import Cohort, Prepared, check_leak, holdout, sex_numbers
from brainaging.pipeline.runtime import subseed
from brainaging.pipeline.stats.sample_space import Fold
from brainaging.transforms import template_mask

#: of the first fold's training people, those that readers learn from. No source: halves. Sensitivity: more of them
#: make better readers and a generator that knows fewer people
READERS_SHARE = 0.5
#: an appearance model has nine numbers before the first that says how a brain looks
FEWEST, FEWEST_OF_A_SEX = 12, 2


@dataclass(frozen=True)
class Parts:
    """Rows of a cohort (positions), by what they are for; no group has members in two parts."""

    generator: np.ndarray
    readers: np.ndarray
    held_out: np.ndarray


def parted(cohort: Cohort, fold: Fold, seed: int) -> Parts:
    """Return a fold's training people in two parts of whole groups, beside its test people.

    Args:
        cohort: whose groups and strata are kept.
        fold: rows (train, test).
        seed: of the folds, see :attr:`Context.split_seed`.

    Raises:
        UserError: the training people are one group.
        LeakError: the fold's own parts share a group.
    """
    train, test = (np.asarray(rows) for rows in fold)
    groups, strata = cohort.groups(), cohort.strata()
    shares = (1 - READERS_SHARE, READERS_SHARE)
    halves = holdout(groups[train], shares, strata[train], subseed(seed, "readers"))
    parts = Parts(train[halves["train"]], train[halves["test"]], test)
    check_leak(groups, parts.generator, parts.readers, parts.held_out)
    return parts


def too_few(parts: Parts, sex: np.ndarray) -> str:
    """Return why synthetic brains of these people cannot be studied, "" where they can.

    Args:
        parts: rows.
        sex: (n,) of every row, 0, 1 or −1 where unknown.
    """
    if len(parts.generator) < FEWEST:
        return f"{len(parts.generator)} scans for a generator to learn from, at least {FEWEST} needed"
    for purpose, rows in (
        ("for a generator to learn from", parts.generator),
        ("for readers to learn from", parts.readers),
        ("held out", parts.held_out),
    ):
        fewest = min(int((sex[rows] == number).sum()) for number in (0, 1))
        if fewest < FEWEST_OF_A_SEX:
            return f"{fewest} scans of one sex {purpose}, at least {FEWEST_OF_A_SEX} needed"
    return ""


@dataclass(frozen=True)
class Sample:
    """Scans (m, X, Y, Z) with their sex (m,), 0, 1 or −1 where unknown, and their groups (m,)."""

    volumes: np.ndarray
    sex: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.volumes)

    def joined(self, other: "Sample") -> "Sample":
        """Return both samples as one."""
        return Sample(
            np.concatenate([self.volumes, other.volumes]),
            np.append(self.sex, other.sex),
            np.append(self.groups, other.groups),
        )

    @property
    def of_known_sex(self) -> "Sample":
        """Those whose sex is known."""
        known = self.sex >= 0
        return Sample(self.volumes[known], self.sex[known], self.groups[known])


@dataclass(frozen=True)
class People:
    """A cohort in its parts.

    Attributes:
        prepared: the cohort on its grid.
        volumes: (n, X, Y, Z), its scans.
        parts: of its rows.
        outside: other people, on the same grid, to measure distances to and to test readers on too; None for the
            held-out people alone.
    """

    prepared: Prepared
    volumes: np.ndarray
    parts: Parts
    outside: Prepared | None = None

    @cached_property
    def sex(self) -> np.ndarray:
        """0 for F, 1 for M, −1 where unknown, (n,)."""
        return sex_numbers(self.prepared.cohort)

    @cached_property
    def groups(self) -> np.ndarray:
        """(n,)."""
        return np.asarray(self.prepared.cohort.groups())

    @cached_property
    def mask(self) -> np.ndarray:
        """The template's brain on the grid (X, Y, Z), bool."""
        return template_mask(self.prepared.grid)

    def sample(self, rows: np.ndarray) -> Sample:
        """Return the people of some rows."""
        return Sample(self.volumes[rows], self.sex[rows], self.groups[rows])

    @cached_property
    def learned(self) -> Sample:
        """Those that the generator learned from."""
        return self.sample(self.parts.generator)

    @cached_property
    def held_out(self) -> Sample:
        """Those that taught nothing."""
        return self.sample(self.parts.held_out)

    @cached_property
    def fresh(self) -> Sample:
        """Those that distances are measured to: from outside where there are some, else the held-out ones."""
        if self.outside is None:
            return self.held_out
        cohort = self.outside.cohort
        # its families are none of this cohort's
        return Sample(self.outside.volumes(), sex_numbers(cohort), self.groups.max() + 1 + cohort.groups())

    @cached_property
    def tested(self) -> Sample:
        """Those that readers are tested on: everybody who taught nothing and whose sex is known."""
        if self.outside is None:
            return self.held_out.of_known_sex
        return self.held_out.joined(self.fresh).of_known_sex

    def facts(self) -> Mapping[str, Any]:
        """Return who learned from whom, as counts: what ``synthetic.json`` holds."""
        parts = {
            "generator_learned_from": self.learned,
            "readers_learned_from": self.sample(self.parts.readers),
            "held_out": self.held_out,
            "distances_measured_to": self.fresh,
            "readers_tested_on": self.tested,
        }
        return {
            name: {
                "scans": len(sample),
                "groups": len(np.unique(sample.groups)),
                "women": int((sample.sex == 0).sum()),
                "men": int((sample.sex == 1).sum()),
            }
            for name, sample in parts.items()
        } | {"people_from_outside": self.outside is not None}
