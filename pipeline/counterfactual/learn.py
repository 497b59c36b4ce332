"""Learn an edit from some people of a cohort, and a reader of edited brains from others."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from brainaging.pipeline.counterfactual.cohort_alignment import KNOTS_MM, align_cohort, misfit, warped_ml
from brainaging.pipeline.counterfactual.covariates import Covariates, Design, registered_scale
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.estimation.cohort_effects import effects
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.counterfactual.head_size_effect import sized_as_requested
from brainaging.pipeline.counterfactual.own_tissue.responses import responses
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.runtime import UserError, counted
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.transforms import GridSpec

log = logging.getLogger(__name__)
#: refits to families drawn anew, for intervals of regions: their 2.5th and 97.5th percentiles are then about the
#: least and the largest but one. Sensitivity: see benchmarks/edit_intervals.py for what they cover
DRAWS = 40
#: years to which the ages that were learned from are rounded outwards: the youngest person's exact age is that
#: person's. Sensitivity: none of numbers
ROUND = 5.0


@dataclass(frozen=True)
class LearningScans:
    """Scans of people of known age and sex.

    Attributes:
        volumes: (n, X, Y, Z) on ``grid``.
        grid: of the scans.
        age, male: (n,) years, and 0 or 1.
        families: (n,) whoever shares one is not independent.
        own_scale: (n,) volume of the head itself by that on the grid: 1 where registration left it alone.
        more: what else a formula names, a row a scan; None for nothing.
    """

    volumes: np.ndarray
    grid: GridSpec
    age: np.ndarray
    male: np.ndarray
    families: np.ndarray
    own_scale: np.ndarray
    more: pd.DataFrame | None = None

    @classmethod
    def of(cls, prepared: Prepared, rows: np.ndarray, people: Covariates) -> "LearningScans":
        """Return ``rows`` (n,) of a prepared cohort; ``people`` (n) are their covariates."""
        volumes, families = prepared.volumes(rows), np.asarray(prepared.cohort.groups())[rows]
        scale = registered_scale(prepared, rows, volumes)
        return cls(volumes, prepared.grid, people.age, people.male, families, scale, people.more)

    def __len__(self) -> int:
        return len(self.volumes)


@dataclass
class Learned:
    """An edit and what is known of it.

    Attributes:
        edit: the deformation.
        draws: (b, q, 3a) effects on velocities of bootstrapped families, for intervals.
        tissue_draws: (b, q, k) effects on the scan's own tissue, likewise.
        ages: what was learned from, years, to five: the youngest person's exact age is that person's.
        cohort: its name.
        simulated: whether its brains are nobody's.
        count: scans learned from.
        reader: of sex and age, on the edit's grid, learned from other people; None where they were too few.
        reader_count: how many these are.
        no_reader: why there is none, "" where there is one.
        misfit: mean, over the scans learned from, of what alignment leaves of a scan (root mean square).
    """

    edit: Deformation
    draws: np.ndarray
    tissue_draws: np.ndarray
    ages: tuple[float, float]
    cohort: str
    simulated: bool
    count: int
    reader: SexAgeReader | None
    reader_count: int
    no_reader: str
    misfit: float


def learn(
    scans: LearningScans,
    reader_scans: LearningScans | None = None,
    *,
    cohort: str = "cohort",
    simulated: bool = False,
    no_reader: str = "",
    seed: int = 0,
    knots_mm: float = KNOTS_MM,
    formula: str | None = None,
) -> tuple[Learned, Covariates]:
    """Align a training cohort and learn what age, sex and head size change.

    Args:
        scans: that the edit is learned from.
        reader_scans: of other people, in families of their own, that the reader is learned from; None for no
            reader. cohort, simulated: for the checkpoint. no_reader: why there is none. seed: of folds and draws.
            knots_mm: distance of the splines' knots. formula: of the design; None for age, sex and head size.

    Returns:
        the edit, and the covariates it was fitted on.

    Raises:
        UserError: people of one family, or as :func:`align_cohort` and :meth:`Design.of`.
    """
    families = np.asarray(scans.families)
    if len(np.unique(families)) < 2:
        raise UserError("edits: expected people of at least two families to learn from, found one family")
    aligned = align_cohort(scans.volumes, scans.grid, scans.age, scans.male, knots_mm)
    people = Covariates(scans.age, scans.male, aligned.head_size * scans.own_scale, scans.more)
    design = Design.of(people) if formula is None else Design.by(formula, people)
    rows = design.matrix(people)
    expected = rows @ least_squares(aligned.velocities, rows)
    shown = responses(aligned, scans.volumes, scans.grid, expected)
    log.info("learning what age, sex and head size change in %d people", len(scans))
    found = effects(aligned, rows, families, shown, design)
    (motion, contrast), amplitudes = found.coefficients, found.amplitudes
    seen = (motion + amplitudes @ shown.velocities).astype(motion.dtype)
    fitted = Deformation(scans.grid, design, aligned.alignment, motion, contrast, amplitudes, seen)
    edit = sized_as_requested(fitted, scans.volumes, aligned.velocities, people, scans.own_scale)
    still = fitted.velocities == 0
    scale = np.where(still, 1.0, edit.velocities / np.where(still, 1.0, fitted.velocities))
    draws = [
        found.refit(draw)
        for draw in counted(group_weights(families, seed, DRAWS), "refitting to families drawn anew")
        # few people may be drawn all of one sex
        if np.linalg.matrix_rank(rows * draw[:, None]) == rows.shape[1]
    ]
    reader, no_reader = _reader(edit, reader_scans, no_reader, seed)
    learned = Learned(
        edit,
        np.array([motion * scale for (motion, _), _ in draws], dtype=np.float32),
        np.array([amplitudes for _, amplitudes in draws], dtype=np.float32),
        rounded_span(scans.age),
        cohort,
        simulated,
        len(scans),
        reader,
        len(reader_scans) if reader is not None and reader_scans is not None else 0,
        no_reader,
        float(misfit(aligned.alignment, aligned.warped).mean()),
    )
    return learned, people


def rounded_span(age: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest of ages (n,), rounded outwards to five years."""
    return ROUND * float(np.floor(age.min() / ROUND)), ROUND * float(np.ceil(age.max() / ROUND))


def measured_covariates(edit: Deformation, scans: LearningScans) -> Covariates:
    """Return the covariates of people whom ``edit`` did not learn from, head size measured as in those it did."""
    typical = np.full(len(scans), float(np.exp(edit.design.log_size)))
    unsized = Covariates(scans.age, scans.male, typical, scans.more)
    velocities = torch.from_numpy(edit.align(scans.volumes, unsized))
    return unsized.with_head_size(warped_ml(edit.alignment, velocities) * scans.own_scale)


def _reader(
    edit: Deformation, scans: LearningScans | None, reason: str, seed: int
) -> tuple[SexAgeReader | None, str]:
    """Return the reader and "", or None and why."""
    if scans is None:
        return None, reason or "an independent reader: expected people to learn from, found none"
    log.info("learning a reader of sex and age from %d other people", len(scans))
    try:
        people = measured_covariates(edit, scans)
        return SexAgeReader.fit(scans.volumes, scans.grid, people, np.asarray(scans.families), seed), ""
    except UserError as error:
        return None, f"an independent reader: {error}"
