"""The elastic physics of a scenario: who becomes how, from causes to a deformation of the person's anatomy."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brainaging.networks.diffeomorphism import FoldedWarpError
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS, Anatomy
from brainaging.pipeline.simulate.causes import MOST_TRAIT_SD, Cause
from brainaging.pipeline.simulate.elastic.cell_kinds import Extent, Tissue, cell_means
from brainaging.pipeline.simulate.elastic.deformations import inverse, jacobian
from brainaging.pipeline.simulate.elastic.elastic_brain import ElasticBrain, Moved, UnreachableGrowthError
from brainaging.pipeline.simulate.elastic.prescribed_structures import GIVING_LABELS, LABELS, NAMES
from brainaging.pipeline.simulate.elastic.prescription import Person, growth
from brainaging.pipeline.simulate.elastic.shapes import SCALE_SD, flow, nearly_alike, smooth_noise
from brainaging.pipeline.simulate.families import Member, inherited
from brainaging.pipeline.simulate.scenario import Scenario

Array = NDArray[np.float64]
STEP = LATTICE.step


@dataclass(frozen=True)
class Deformed:
    """An anatomy as a person has it.

    Attributes:
        displacement: (3, X, Y, Z) mm from a person's place to the anatomy's, on :data:`LATTICE`.
        smallest_jacobian: of the map between the two.
        growth: (S,) achieved log volumes of the structures, relative to the person's at the onset between the
        sexes. jacobian: (X, Y, Z) volume at a point of the anatomy in the person.
        tissue_left: (X, Y, Z) of the tissue at a point of the anatomy that is partly fluid, the share that is left
        once
            it has grown: what flows in is fluid.
    """

    displacement: Tensor
    smallest_jacobian: float
    growth: Array
    jacobian: Array
    tissue_left: Array

    def label_volumes(self, labels: NDArray[np.int32]) -> Array:
        """Return the volume (X, Y, Z), by that in the anatomy, of what each point's label stands for: tissue, or
        fluid.
        """
        volumes: Array = self.jacobian * np.where(np.isin(labels, GIVING_LABELS), 1.0, self.tissue_left)
        return volumes


class ElasticPeople:
    """People of a ``scenario`` with elastic physics; ``seed`` is the cohort's."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        self.ageing, self.sex = scenario.atrophy
        # both keep what the counterfactuals of one person, rendered one after the other, share
        self.brain = lru_cache(maxsize=4)(_brain)
        self._shape = lru_cache(maxsize=4)(self._own_shape)
        self._deformed = lru_cache(maxsize=8)(self._solved)

    def growth(self, cause: Cause) -> Array:
        """Return the log volumes (S,) that are prescribed to a person's structures, in the order of ``NAMES``."""
        scores = {
            name: inherited(self.scenario.families, self.seed, f"rate of {name}", cause.member)[0]
            for name in self.ageing.structures
        }
        rates = {
            name: cause.rate
            * float(
                np.exp(part.rate_sd * np.clip(scores[name], -MOST_TRAIT_SD, MOST_TRAIT_SD) - part.rate_sd**2 / 2)
            )
            for name, part in self.ageing.structures.items()
        }
        cohort = self.scenario.birth_cohort
        decades = 0.0 if cohort is None or cause.born is None else (cause.born - cohort.reference) / 10
        person = Person(
            cause.age,
            cause.sex == "M",
            rates,
            cause.cortex_years,
            cause.ventricle_years,
            decades,
            cause.mean_rate_from,
        )
        return growth(self.ageing, self.sex, person)

    def deformed(self, cause: Cause, anatomy: Anatomy) -> Deformed:
        """Return a person's anatomy. Raises FoldedWarpError where the tissue cannot change so far."""
        return self._deformed(cause, anatomy)

    def _own_shape(self, member: Member) -> Array:
        """Return the displacement (3, X, Y, Z) in steps from the anatomy to the person's own form of it."""
        velocities = []
        middle = -LATTICE.origin[0] / STEP
        for number, scale in enumerate(self.scenario.warp):
            noise = inherited(self.scenario.families, self.seed, f"shape {number}", member, (3, *LATTICE.shape))
            field = smooth_noise(noise.astype(float), SCALE_SD * scale.knots_mm / STEP)
            velocities.append(scale.sd_mm / STEP * nearly_alike(field, scale.asymmetry, middle))
        return flow(velocities) if velocities else np.zeros((3, *LATTICE.shape))

    def _solved(self, cause: Cause, anatomy: Anatomy) -> Deformed:
        brain = self.brain(anatomy)
        shape = self._shape(cause.member)
        start = brain.points() + STEP * shape[(slice(None), *brain.cells.points.T)].T
        asked = self.growth(cause)
        try:
            moved = brain.moved(start, asked)
            whole = shape.copy()
            whole[(slice(None), *brain.cells.points.T)] = moved.positions.T / STEP - brain.cells.points.T
            back = inverse(whole)
            smallest = min(moved.smallest_jacobian, float(jacobian(back).min()))
            if smallest <= 0:
                raise UnreachableGrowthError(f"smallest Jacobian {smallest:.3f}")
        except ValueError as error:
            raise FoldedWarpError(
                f"subject {cause.subject}: the warp folds ({error}); reduce its amplitudes"
            ) from error
        left = _tissue_left(brain, moved, asked)
        displacement = torch.from_numpy((STEP * back).astype(np.float32))
        return Deformed(displacement, smallest, moved.growth, jacobian(whole), left)


def prescribed(scenario: Scenario, age: float) -> tuple[Array, Array]:
    """Return what is prescribed to structures (S,): a year's mean log volume in the ten years from ``age`` on, and
    the log ratio of men's volumes to women's.
    """
    ageing, sex = scenario.atrophy
    at = {
        (years, male): growth(ageing, sex, Person(years, male, {}, 0.0, 0.0, mean_rate_from=ageing.onset))
        for years in (ageing.onset, age, age + 10)
        for male in (False, True)
    }
    mean = {years: (at[years, False] + at[years, True]) / 2 for years in (age, age + 10)}
    return (mean[age + 10] - mean[age]) / 10, at[ageing.onset, True] - at[ageing.onset, False]


def prescribed_map(values: Array, anatomy: Anatomy) -> Array:
    """Return ``values`` of structures (S,) at the points (X, Y, Z) of an anatomy that have their labels, else
    0.
    """
    at_points = np.zeros(LATTICE.shape)
    for value, name in zip(values, NAMES, strict=True):
        at_points[np.isin(anatomy.structures, LABELS[name])] = value
    return at_points


def _brain(anatomy: Anatomy) -> ElasticBrain:
    """Return the solver of an anatomy."""
    names = ("grey", "white", "brain", "ventricles")
    maps = anatomy.maps[[MAPS.index(name) for name in names]].astype(float)
    extent = Extent(LATTICE.origin, LATTICE.shape, STEP)
    grey, white, inside, ventricles = cell_means(maps, anatomy.lattice.origin, anatomy.lattice.step, extent)
    shares = {"brain": inside, "tissue": grey + white, "ventricles": ventricles}
    return ElasticBrain(Tissue.of(shares, anatomy.structures, STEP))


def _tissue_left(brain: ElasticBrain, moved: Moved, asked: Array) -> Array:
    """Return, at the lattice's points, how much of the tissue in cells that are partly fluid is left by volume.

    Tissue's own volume grows as its structure's, whatever flows into the cell: a sulcus that opens is darker.
    """
    nearest = brain.tissue.nearest[brain.cells.index]
    own = np.where(nearest >= 0, np.exp(asked)[nearest], 1.0)
    left = np.ones(brain.tissue.kind.shape)
    left[brain.cells.index] = np.minimum(own / moved.ratios, 1.0)
    padded = np.pad(left, 1, mode="edge")
    parts = [padded[:-1], padded[1:]]
    for axis in (1, 2):
        parts = [
            half
            for part in parts
            for half in (part.take(range(part.shape[axis] - 1), axis), part.take(range(1, part.shape[axis]), axis))
        ]
    means: Array = np.mean(parts, axis=0)
    return means
