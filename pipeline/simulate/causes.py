"""What each subject is drawn from: sex, age, head size, kin, individual rate and the scanner's part."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainaging.pipeline.runtime import UserError, generator
from brainaging.pipeline.simulate.anatomies import TEMPLATE
from brainaging.pipeline.simulate.dealt_anatomies import deal_anatomies
from brainaging.pipeline.simulate.families import Member, draw_members, inherited
from brainaging.pipeline.simulate.scenario import Scenario

#: share of siblings' age scores that they have in common: kin in HCP are near in age
KIN_AGE = 0.6
#: three SDs are enough of a head: the field of view holds those, and a real cohort excludes what is beyond
MOST_SIZE_SD = 3.0
#: and two and a half of ageing: a warp must not fold
MOST_TRAIT_SD = 2.5


@dataclass(frozen=True)
class Visit:
    """When one scan of somebody who is followed was made: its session, the day, and what is known of the day.

    ``session`` is BIDS's label without ``ses-``; ``day`` an ISO date; ``years`` since the first session;
    ``retest`` whether it repeats that; ``scanner`` 1, or 2 after a change.
    """

    session: str
    day: str
    years: float
    retest: bool
    scanner: int


@dataclass(frozen=True)
class Cause:
    """One subject's causes, at one session where people are followed.

    ``age`` in years, ``head_size`` the intracranial volume in mL, ``rate`` of ageing relative to the mean,
    ``ventricle_years`` and ``cortex_years`` how much older or younger these are than the age says, ``contrast``
    grey against white and ``gain``, both relative to the brain that is rendered, whose name ``anatomy`` is.
    ``born`` is the year of birth where a scenario asks for it, and stays at another age; ``mean_rate_from`` the
    age from which a person whose tissue is elastic ages at the mean rate.
    """

    subject: str
    sex: str
    age: float
    bracket: str
    head_size: float
    rate: float
    ventricle_years: float
    cortex_years: float
    contrast: float
    gain: float
    site: int
    member: Member
    anatomy: str = TEMPLATE
    visit: Visit | None = None
    born: float | None = None
    mean_rate_from: float = np.inf

    @property
    def occasion(self) -> tuple[int | str, ...]:
        """What names the draws that belong to one scan: its noise, its position, its bias field."""
        return (self.member.person,) if self.visit is None else (self.member.person, self.visit.session)

    def with_values(
        self, age: float | None = None, sex: str | None = None, head_size: float | None = None
    ) -> "Cause":
        """Return the same person at another age (years), sex ("F" or "M") or head size (mL)."""
        if sex is not None and sex not in {"F", "M"}:
            raise UserError(f"sex: expected F or M, got {sex!r}")
        return dataclasses.replace(
            self,
            age=self.age if age is None else float(age),
            sex=self.sex if sex is None else sex,
            head_size=self.head_size if head_size is None else float(head_size),
        )


def _ages(scenario: Scenario, seed: int, members: list[Member]) -> list[tuple[float, str]]:
    """Return (age, bracket) by rank: kin are near in age, and the brackets' shares are met to one person."""
    scores = np.empty(len(members))
    for member in members:
        # twins were born together; siblings some years apart
        born = member.person if member.kind == "sibling" else member.pair
        kind = "person" if member.kind == "sibling" else "pair"
        family = generator(seed, "age", "family", member.family).standard_normal()
        own = generator(seed, "age", kind, born).standard_normal()
        scores[member.person] = np.sqrt(KIN_AGE) * family + np.sqrt(1 - KIN_AGE) * own
    order = np.argsort(scores, kind="stable")
    quantiles = np.empty(len(members))
    quantiles[order] = (np.arange(len(members)) + 0.5) / len(members)
    shares = np.cumsum([bracket.share for bracket in scenario.ages])
    ages = []
    for member in members:
        # the two of a pair share a score: the first rank holds for both
        first = quantiles[scores == scores[member.person]].min()
        position = first * shares[-1]
        index = int(min(np.searchsorted(shares, position), len(shares) - 1))
        bracket = scenario.ages[index]
        low = shares[index] - bracket.share
        age = bracket.low + (bracket.high - bracket.low) * (position - low) / bracket.share
        ages.append((float(np.clip(age, bracket.low, bracket.high - 1e-6)), bracket.label))
    return ages


def _sexes(scenario: Scenario, seed: int, members: list[Member], brackets: list[str]) -> list[str]:
    """Return the sexes: each bracket's male share to about one person, identical twins alike."""
    scores: NDArray[np.float64] = np.array(
        [
            generator(seed, "sex", "pair", member.pair).random()
            if member.kind == "mz"
            else generator(seed, "sex", "person", member.person).random()
            for member in members
        ]
    )
    sexes = np.full(len(members), "F")
    for bracket in scenario.ages:
        here = np.flatnonzero(np.array(brackets) == bracket.label)
        males = int(np.floor(bracket.male * here.size + generator(seed, "sex", bracket.label).random()))
        if males:
            limit = np.sort(scores[here])[males - 1]
            sexes[here[scores[here] <= limit]] = "M"
    return [str(sex) for sex in sexes]


def draw_causes(
    scenario: Scenario, seed: int, count: int | None = None, anatomies: Sequence[str] = (TEMPLATE,)
) -> list[Cause]:
    """Return the causes of ``count`` subjects (the scenario's number by default), sorted by subject.

    ``anatomies`` are the names of the brains that people are made from, the template's alone by default.
    Subject numbers are six digits and say nothing about kin, as in HCP. Raises :class:`UserError` for no subjects.
    """
    count = scenario.subjects if count is None else count
    if count < 1:
        raise UserError(f"subjects: expected at least 1, got {count}")
    members = draw_members(scenario, seed, count)
    numbers = 100_000 + generator(seed, "subject numbers").permutation(900_000)[:count]
    ages = _ages(scenario, seed, members)
    sexes = _sexes(scenario, seed, members, [bracket for _, bracket in ages])
    brains = deal_anatomies(members, anatomies, seed)
    causes = []
    for member, number, (age, bracket), sex, brain in zip(members, numbers, ages, sexes, brains, strict=True):
        cause = _cause(scenario, seed, member, str(number), age, bracket, sex)
        causes.append(dataclasses.replace(cause, anatomy=brain))
    return sorted(causes, key=lambda cause: cause.subject)


def _cause(
    scenario: Scenario, seed: int, member: Member, subject: str, age: float, bracket: str, sex: str
) -> Cause:
    head, ageing, scanner = scenario.head_size, scenario.ageing, scenario.acquisition
    size, rate, ventricles, cortex = inherited(scenario.families, seed, "traits", member, 4).astype(float)
    contrast, gain = generator(seed, "scanner", member.person).standard_normal(2)
    site = int(generator(seed, "site", member.family).integers(scanner.sites))
    site_contrast, site_gain = generator(seed, "site effect", site).standard_normal(2) * scanner.site_sd
    cohort = scenario.birth_cohort
    born = None if cohort is None else cohort.scanned - age
    log_size = (
        np.log(head.female_ml)
        + head.sd * np.clip(size, -MOST_SIZE_SD, MOST_SIZE_SD)
        + np.log(head.male_ratio) * (sex == "M")
    )
    if cohort is not None and born is not None:
        log_size += cohort.head_size_per_decade * (born - cohort.reference) / 10
    return Cause(
        subject=subject,
        sex=sex,
        age=age,
        bracket=bracket,
        head_size=float(np.exp(log_size)),
        # log-normal with mean 1; clipped so that no one ages absurdly
        rate=float(np.exp(ageing.rate_sd * np.clip(rate, -MOST_TRAIT_SD, MOST_TRAIT_SD) - ageing.rate_sd**2 / 2)),
        ventricle_years=float(ageing.ventricle_spread_years * np.clip(ventricles, -MOST_TRAIT_SD, MOST_TRAIT_SD)),
        cortex_years=float(ageing.spread_years * np.clip(cortex, -MOST_TRAIT_SD, MOST_TRAIT_SD)),
        contrast=float(1 + scanner.contrast_sd * contrast + site_contrast),
        gain=float(np.exp(scanner.gain_sd * gain + site_gain)),
        site=site,
        member=member,
        born=born,
    )
