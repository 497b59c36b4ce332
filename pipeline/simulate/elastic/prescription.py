"""What a scenario with elastic physics says of age and sex, and the growth of a person's structures that
follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.elastic.clocks import Clock, clock_at
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES, VENTRICLES
from brainaging.pipeline.simulate.typed_values import between

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Structure:
    """How one structure ages.

    ``clock`` its log volume by age; ``rate_sd`` the SD of a person's own log rate in it, beside the person's
    general rate; ``male_rate`` the log ratio of men's rate to women's; ``per_birth_decade`` log volume that people
    born ten years later start with.
    """

    clock: Clock
    rate_sd: float = between(0, 1, default=0.0)
    male_rate: float = between(-1, 1, default=0.0)
    per_birth_decade: float = between(-0.1, 0.1, default=0.0)


@dataclass(frozen=True)
class Atrophy:
    """What age does where physics are elastic: log volumes of structures by their clocks, all 0 up to ``onset``.

    ``rate_sd`` is the SD of a person's general log rate; ``spread_years`` and ``ventricle_spread_years`` the SDs,
    in years of ageing, by which people's tissue and ventricles differ at any age; ``contrast`` a year's change of
    grey against white. A structure that is not named keeps its volume; ventricles that are not named give way as
    other fluid.
    """

    onset: float = between(0, 120)
    rate_sd: float = between(0, 1)
    spread_years: float = between(0, 60)
    ventricle_spread_years: float = between(0, 60)
    contrast: float = between(-0.05, 0.05)
    structures: dict[str, Structure] = field(default_factory=dict)


@dataclass(frozen=True)
class SexVolumes:
    """Log ratios of structures' volumes, men's by women's, at equal head size."""

    log_ratios: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """What of a person decides the growth of structures.

    ``age`` in years; ``rates`` by structure; ``lead`` and ``ventricle_lead`` years that tissue and ventricles are
    ahead; ``birth_decades`` after the reference; ``mean_rate_from`` the age from which everything goes at the mean
    rate.
    """

    age: float
    male: bool
    rates: Mapping[str, float]
    lead: float
    ventricle_lead: float
    birth_decades: float = 0.0
    mean_rate_from: float = np.inf


def check_atrophy(ageing: Atrophy, sex: SexVolumes, where: str) -> None:
    """Raise :class:`UserError` for a structure that is not known or a log ratio out of bounds."""
    for name in (*ageing.structures, *sex.log_ratios):
        if name not in NAMES:
            raise UserError(f"{where}: unknown structure {name!r}; expected {', '.join(NAMES)}")
    for name, ratio in sex.log_ratios.items():
        if not -0.5 <= ratio <= 0.5:
            raise UserError(f"{where}.sex.log_ratios.{name}: expected -0.5 to 0.5, got {ratio}")


def growth(ageing: Atrophy, sex: SexVolumes, person: Person) -> Array:
    """Return the log volumes (S,) of a person's structures relative to the anatomy, in the order of ``NAMES``.

    Rates count from the onset on: a person who loses twice as fast as others has lost twice as much. Each sex has
    half of the difference from what lies between them, in volume and in the logarithm of its rate.
    """
    total = np.zeros(len(NAMES))
    half = 0.5 if person.male else -0.5
    for number, name in enumerate(NAMES):
        total[number] += half * sex.log_ratios.get(name, 0.0)
        if name in ageing.structures:
            structure = ageing.structures[name]
            lead = person.ventricle_lead if name == VENTRICLES else person.lead
            own = clock_at(structure.clock, min(person.age, person.mean_rate_from), ageing.onset)
            mean = clock_at(structure.clock, person.age, ageing.onset) - own
            ahead = clock_at(structure.clock, person.age + lead, ageing.onset) - own - mean
            pace = np.exp(half * structure.male_rate)
            total[number] += pace * (person.rates.get(name, 1.0) * own + mean + ahead)
            total[number] += structure.per_birth_decade * person.birth_decades
    return total
