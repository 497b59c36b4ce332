"""Everything that is fitted to training people: the edit, its rivals, and what rates people have."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.edit_checkpoint import FORMAT, MODEL, load, save
from brainaging.pipeline.counterfactual.learn import Learned, LearningScans, learn
from brainaging.pipeline.counterfactual.methods import Method, NoChange, VoxelRegression
from brainaging.pipeline.data import Cohort
from brainaging.pipeline.experiments.followup.measured_structures import STRUCTURES
from brainaging.pipeline.experiments.followup.placed_sessions import PlacedPerson
from brainaging.pipeline.experiments.followup.rivals import (
    Followed,
    MeanObservedChange,
    VolumeRegression,
    rate_priors,
)
from brainaging.pipeline.runtime import KeptWork, UserError, atomic_output, text_sha256
from brainaging.pipeline.stats.personal_rates import RatePrior, retest_error
from brainaging.transforms import GridSpec

log = logging.getLogger(__name__)
#: pairs of retests below which an error of measurement is no estimate. Sensitivity: a lower bound, not a choice
FEWEST_RETESTS = 3
#: volumes in mL of every scan of each person, in the order of the person's rows, by structure
Measured = Mapping[str, Sequence[np.ndarray]]


def followed(people: Sequence[PlacedPerson], measured: Measured, rows: Sequence[int]) -> Followed:
    """Return ages and volumes at the visits of the people at ``rows``."""
    ages = [np.array([visit.age for visit in people[row].person.visits]) for row in rows]
    volumes = {
        name: [of[row][: len(age)] for row, age in zip(rows, ages, strict=True)] for name, of in measured.items()
    }
    return Followed(ages, volumes)


def retest_pairs(people: Sequence[PlacedPerson], measured: Measured, rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the volumes (p, 2) of all pairs of retests of the people at ``rows``, by structure."""
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in STRUCTURES}
    for row in rows:
        person = people[row].person
        for number, (visit, _) in enumerate(person.retests):
            first = person.rows.index(visit.row)
            for name in STRUCTURES:
                again = measured[name][row][len(person.visits) + number]
                pairs[name].append((float(measured[name][row][first]), float(again)))
    return {name: np.array(of).reshape(-1, 2) for name, of in pairs.items()}


@dataclass(frozen=True)
class Fitted:
    """What was fitted.

    Attributes:
        learned: the edit.
        methods: it and its rivals that predict maps.
        regression: of volumes.
        priors: of rates by structure, none where retests are too few.
        retests: how many pairs training people have.
        count: how many training people there are.
    """

    learned: Learned
    methods: Sequence[Method]
    regression: VolumeRegression
    priors: Mapping[str, RatePrior]
    retests: int
    count: int


def first_scans(
    people: Sequence[PlacedPerson], cohort: Cohort, kin: np.ndarray, grid: GridSpec, rows: Sequence[int]
) -> LearningScans:
    """Return the first sessions of the people at ``rows``; ``kin`` is everybody's group."""
    firsts = [people[row].person.visits[0] for row in rows]
    table_rows = [visit.row for visit in firsts]
    return LearningScans(
        np.stack([people[row].visit(0) for row in rows]),
        grid,
        np.array([visit.age for visit in firsts]),
        (cohort.table["sex"].to_numpy(dtype=str)[table_rows] == "M").astype(float),
        kin[list(rows)],
        np.array([people[row].own_scale for row in rows]),
    )


def fit_methods(
    people: Sequence[PlacedPerson],
    measured: Measured,
    cohort: Cohort,
    kin: np.ndarray,
    grid: GridSpec,
    rows: Sequence[int],
    folder: Path,
    seed: int,
) -> Fitted:
    """Fit everything to the people at ``rows``; an edit that was learned before is read back from ``folder``.

    Raises:
        UserError: too few people to learn from, or nobody among them with two sessions.
    """
    scans = first_scans(people, cohort, kin, grid, rows)
    learned, learners = _learned(scans, cohort, folder, seed)
    seen = [row for row in rows if len(people[row].person.visits) > 1]
    if not seen:
        raise UserError(f"{cohort.name}: expected training people with two sessions, found none")
    over_time = followed(people, measured, seen)
    changes = np.stack([people[row].visit(1) - people[row].visit(0) for row in seen])
    years = np.array([age[1] - age[0] for age in over_time.ages])
    pairs = retest_pairs(people, measured, rows)
    retests = len(pairs[STRUCTURES[0]])
    priors: Mapping[str, RatePrior] = {}
    if retests >= FEWEST_RETESTS:
        errors = {name: retest_error(pair[:, 0], pair[:, 1]) for name, pair in pairs.items()}
        try:
            priors = rate_priors(over_time, errors, retests)
        except ValueError as error:
            log.warning("rates of people: %s", error)
    first_volumes = {name: np.array([measured[name][row][0] for row in rows]) for name in STRUCTURES}
    methods: list[Method] = [
        learned.edit,
        VoxelRegression.fit(scans.volumes, learners),
        MeanObservedChange.of(changes, years),
        NoChange(),
    ]
    regression = VolumeRegression.fit(first_volumes, learners)
    return Fitted(learned, methods, regression, priors, retests, len(rows))


def _learned(scans: LearningScans, cohort: Cohort, folder: Path, seed: int) -> tuple[Learned, Covariates]:
    """Return the edit, from an earlier run where it is the same work, and its people's covariates."""
    claim = {
        "cohort": cohort.digest,
        "grid": scans.grid.fingerprint,
        "format": FORMAT,
        "ages": text_sha256(json.dumps(scans.age.tolist())),
        "seed": seed,
    }
    work = KeptWork(folder, claim, code=[learn.__module__, __name__])
    path, sizes = folder / MODEL, folder / "head_size.npy"
    if not work.finished:
        log.info("aligning %d first scans and learning from them", len(scans))
        learned, learners = learn(scans, cohort=cohort.name, simulated=cohort.simulated, seed=seed)
        with atomic_output(sizes) as temporary, temporary.open("wb") as handle:
            np.save(handle, learners.head_size)
        save(learned, path)
        work.finish(path.name, sizes.name)
    people = Covariates(scans.age, scans.male, np.load(sizes))
    # as it is read back, so that a run that is typed again gives the same numbers
    return load(path), people
