"""The protocol of experiments: a context in, findings and artifacts out.

An experiment is one folder here with one function from :class:`Context` to :class:`Outcome`, and one line in the
list of :mod:`brainaging.pipeline.experiments.reproduce`. Data flows one way through it: features of folds →
predictions → scores → findings; the report reads what it leaves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from brainaging.pipeline.data import Cohort, Prepared, grouped_folds, random_folds
from brainaging.pipeline.data.mapped_volumes import held_or_mapped
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.experiments.budget import Budget
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import Fold

Needs = Literal["scans", "table"]


@dataclass(frozen=True)
class Context:
    """What experiments work with, and where they write.

    Attributes:
        out: the run's folder: figures' files; weights in ``models``.
        bundles: folders of bundles by name.
        budget: how much the run may cost.
        seed: of weights and resampling.
        split_seed: of grouped folds. Relatives always share a fold; folds drawn anew for every seed would, over
            several runs, tell who is related, so a cohort with restricted families has one partition.
        scans: the cohort's scans on their grid, where it has scans.
        table: its FreeSurfer measures, where there are any.
        table_source: where the measures were read; a simulated cohort's planted effects lie beside it.
        combat: whether the table's sites are harmonised inside every fold too.
    """

    out: Path
    bundles: Mapping[str, Path]
    budget: Budget
    seed: int = 0
    split_seed: int = 0
    scans: Prepared | None = None
    table: PreparedTable | None = None
    table_source: Path | None = None
    combat: bool = False

    @property
    def models(self) -> Path:
        """Where weights are kept."""
        return self.out / "models"

    @property
    def prepared_scans(self) -> Prepared:
        """The scans. Raises UserError where there are none."""
        if self.scans is None:
            raise UserError("expected a cohort with scans, found people without")
        return self.scans

    @property
    def prepared_table(self) -> PreparedTable:
        """The table. Raises UserError where there is none."""
        if self.table is None:
            raise UserError("expected FreeSurfer measures, found none")
        return self.table

    @cached_property
    def volumes(self) -> np.ndarray:
        """The scans' volumes (n, X, Y, Z), read once for all experiments; those of many people are mapped."""
        return held_or_mapped(self.prepared_scans, self.out / "volumes")

    def folds(self, cohort: Cohort) -> list[Fold]:
        """Return the grouped folds of a cohort: families, subjects or sites stay together."""
        return grouped_folds(cohort.groups(), cohort.strata(), self.budget.folds, self.split_seed)

    def random_folds(self, cohort: Cohort) -> list[Fold]:
        """Return folds that ignore groups, to show what relatives leak."""
        return random_folds(cohort.groups(), cohort.strata(), self.budget.folds, self.seed)

    def scoring(self, cohort: Cohort, modality: str) -> Scoring:
        """Return what scores this cohort's predictions."""
        return Scoring(cohort.name, modality, self.seed, np.asarray(cohort.groups()), self.budget.replicates)


@dataclass(frozen=True)
class Outcome:
    """What an experiment leaves.

    Attributes:
        findings: for results.csv.
        trained: folders in ``models`` whose learning curves the report shows.
    """

    findings: Sequence[Finding]
    trained: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Experiment:
    """One experiment: its name on the command line, what it needs, the bundles that it trains, and how it runs."""

    name: str
    needs: Needs
    bundles: tuple[str, ...]
    run: Callable[[Context], Outcome]
