"""Scenarios: what a simulated cohort consists of, as typed data read from YAML and refused by name where wrong."""

import dataclasses
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate.appearance.lesions import Lesions
from brainaging.pipeline.simulate.appearance.scanner_curves import ScannerCurves
from brainaging.pipeline.simulate.elastic.prescription import Atrophy, SexVolumes, check_atrophy
from brainaging.pipeline.simulate.longitudinal.session_plan import Sessions, check_sessions
from brainaging.pipeline.simulate.typed_values import between as _between
from brainaging.pipeline.simulate.typed_values import build


@dataclass(frozen=True)
class Bracket:
    """Ages from ``low`` up to but not including ``high`` (years), its ``share`` of the cohort, its male share."""

    label: str
    low: float = _between(0, 120)
    high: float = _between(0, 120)
    share: float = _between(0, 1)
    male: float = _between(0, 1)


@dataclass(frozen=True)
class HeadSize:
    """Intracranial volume: female median in mL, male-to-female ratio, SD of its logarithm within each sex."""

    female_ml: float = _between(900, 1900)
    male_ratio: float = _between(0.5, 2)
    sd: float = _between(0, 0.15)


@dataclass(frozen=True)
class Families:
    """Shares of family types, and the correlation of inherited traits in each kind of pair.

    ``types`` maps a family's make-up (members joined by ``+``, from ``mz``, ``dz``, which stand for a pair, and
    ``sibling``, which stands for one person) to its share of the families.
    """

    types: dict[str, float]
    mz: float = _between(0, 1)
    dz: float = _between(0, 1)
    sibling: float = _between(0, 1)


@dataclass(frozen=True)
class WarpScale:
    """One scale of the individual warp: knot distance and SD of the velocity, both in mm.

    ``asymmetry`` is the share of its variance that differs between the hemispheres.
    """

    knots_mm: float = _between(8, 120)
    sd_mm: float = _between(0, 8)
    asymmetry: float = _between(0, 1, default=0.1)


@dataclass(frozen=True)
class Region:
    """A planted effect: a Gaussian of log-Jacobian around an MNI point (mm), on both sides if ``mirror``."""

    name: str
    centre: list[float]
    radius_mm: float = _between(2, 60)
    log_jacobian: float = _between(-1, 1)
    mirror: bool = True


@dataclass(frozen=True)
class Ageing:
    """What a year does. Log-Jacobians are per year past ``onset``; time runs as t + ``acceleration`` t².

    ``rate_sd`` is the SD of a person's log rate. ``spread_years`` and ``ventricle_spread_years`` are the SDs, in
    years of ageing, by which people's cortex and ventricles differ at any age.
    """

    onset: float = _between(0, 120)
    ventricles: float = _between(0, 0.1)
    cortex: float = _between(-0.05, 0)
    acceleration: float = _between(0, 1)
    rate_sd: float = _between(0, 1)
    spread_years: float = _between(0, 60)
    ventricle_spread_years: float = _between(0, 60)
    contrast: float = _between(-0.05, 0.05)
    regions: list[Region] = field(default_factory=list)


@dataclass(frozen=True)
class Sex:
    """Regional differences, male over female at equal head size: ``scale`` times the regions' log-Jacobians."""

    scale: float = _between(0, 10)
    regions: list[Region] = field(default_factory=list)


@dataclass(frozen=True)
class Acquisition:
    """The scanner: intensity of white matter, SDs of log gain, log bias field and contrast, noise, sites, pose.

    ``noise`` is the Rician SD at 1 mm, relative to white matter; it falls with the root of the voxel's volume.
    """

    white_intensity: float = _between(1, 20000)
    gain_sd: float = _between(0, 1)
    bias_sd: float = _between(0, 0.5)
    contrast_sd: float = _between(0, 0.5)
    noise: float = _between(0, 0.5)
    pose_mm: float = _between(0, 5)
    pose_degrees: float = _between(0, 10)
    sites: int = _between(1, 1000, default=1)
    site_sd: float = _between(0, 0.5, default=0.0)


@dataclass(frozen=True)
class Table:
    """Effects in the FreeSurfer-like table, in SDs: sex, age per year, what inherited factors explain."""

    sex: float = _between(0, 5)
    age: float = _between(0, 1)
    factors: int = _between(1, 100)
    factor_share: float = _between(0, 1)


@dataclass(frozen=True)
class BirthCohort:
    """Everybody is scanned in the year ``scanned``; who was born ten years after ``reference`` has a head larger
    by ``head_size_per_decade`` of its logarithm.
    """

    scanned: float = _between(1900, 2100)
    reference: float = _between(1800, 2100)
    head_size_per_decade: float = _between(-0.05, 0.05)


@dataclass(frozen=True)
class Proportions:
    """Heads of one size differ in form: SD of the logarithms of length, width and height about their mean."""

    sd: float = _between(0, 0.08)


VELOCITY, ELASTIC = "velocity", "elastic"


@dataclass(frozen=True)
class Scenario:
    """A simulated cohort's whole recipe; ``sessions`` where people are followed over time.

    ``physics`` decides how ageing and sex deform brains, and so what is said of them: by velocities of the log
    domain (:class:`Ageing`, :class:`Sex`), or by tissue that shrinks and fluid that gives way (:class:`Atrophy`,
    :class:`SexVolumes`).
    ``anatomies`` is the cohort (CSV or folder, from the scenario's own folder on) of stripped scans that people
    are made from; the template alone where it says none.
    """

    name: str
    ages: list[Bracket]
    head_size: HeadSize
    families: Families
    warp: list[WarpScale]
    ageing: Ageing | Atrophy
    sex: Sex | SexVolumes
    acquisition: Acquisition
    table: Table
    subjects: int = _between(1, 1_000_000)
    sessions: Sessions | None = None
    physics: str = VELOCITY
    birth_cohort: BirthCohort | None = None
    proportions: Proportions | None = None
    lesions: Lesions | None = None
    scanner_curves: ScannerCurves | None = None
    anatomies: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain data, as its YAML file has it: without what it does not ask for."""
        said = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        return said if self.physics != VELOCITY else {key: said[key] for key in said if key != "physics"}

    @property
    def velocities(self) -> tuple[Ageing, Sex]:
        """What velocities are made of; TypeError where physics are others."""
        if isinstance(self.ageing, Ageing) and isinstance(self.sex, Sex):
            return self.ageing, self.sex
        raise TypeError(f"{self.name}: physics {self.physics} have no velocities")

    @property
    def atrophy(self) -> tuple[Atrophy, SexVolumes]:
        """What elastic tissue loses; TypeError where physics are others."""
        if isinstance(self.ageing, Atrophy) and isinstance(self.sex, SexVolumes):
            return self.ageing, self.sex
        raise TypeError(f"{self.name}: physics {self.physics} prescribe no atrophy")

    def with_sessions(self, number: int) -> "Scenario":
        """Return the scenario with people scanned ``number`` times: once, as if it said nothing of sessions.

        Raises :class:`UserError` for a number that cannot be.
        """
        if number == 1:
            return dataclasses.replace(self, sessions=None)
        said = {} if self.sessions is None else dataclasses.asdict(self.sessions)
        sessions: Sessions = build(Sessions, {**said, "number": number}, "sessions")
        check_sessions(sessions, "sessions")
        return dataclasses.replace(self, sessions=sessions)


def _check(scenario: Scenario, where: str) -> Scenario:
    for index, bracket in enumerate(scenario.ages):
        if bracket.low >= bracket.high:
            raise UserError(f"{where}.ages[{index}]: low {bracket.low} is not below high {bracket.high}")
    for label, shares in (
        ("ages", [bracket.share for bracket in scenario.ages]),
        ("families.types", list(scenario.families.types.values())),
    ):
        if min(shares, default=0) < 0 or abs(sum(shares) - 1) > 0.01:
            raise UserError(f"{where}.{label}: shares must be positive and sum to 1, got {sum(shares):.3f}")
    for make_up in scenario.families.types:
        for member in make_up.split("+"):
            if member not in {"mz", "dz", "sibling"}:
                raise UserError(f"{where}.families.types: unknown member {member!r} in {make_up!r}")
    if not scenario.families.sibling <= scenario.families.dz <= scenario.families.mz:
        raise UserError(f"{where}.families: expected sibling <= dz <= mz")
    _check_physics(scenario, where)
    check_sessions(scenario.sessions, f"{where}.sessions")
    return scenario


def _check_physics(scenario: Scenario, where: str) -> None:
    ageing, sex = scenario.ageing, scenario.sex
    if scenario.physics not in (VELOCITY, ELASTIC):
        raise UserError(f"{where}.physics: expected {VELOCITY} or {ELASTIC}, got {scenario.physics!r}")
    for name, part, velocity in (("ageing", ageing, Ageing), ("sex", sex, Sex)):
        if isinstance(part, velocity) != (scenario.physics == VELOCITY):
            raise UserError(f"{where}.{name}: is of other physics than {scenario.physics}")
    if isinstance(ageing, Atrophy) and isinstance(sex, SexVolumes):
        check_atrophy(ageing, sex, where)
    else:
        for region in [*scenario.velocities[0].regions, *scenario.velocities[1].regions]:
            if len(region.centre) != 3:
                raise UserError(
                    f"{where}: region {region.name!r}: centre needs 3 numbers, got {len(region.centre)}"
                )


def scenario_from_dict(data: Any, where: str = "scenario") -> Scenario:
    """Return the typed scenario in plain ``data``; raise :class:`UserError` naming the key that is wrong."""
    scenario: Scenario = build(Scenario, data, where)
    return _check(scenario, where)


def load_scenario(source: str | Path) -> Scenario:
    """Return a shipped scenario by name (``hcp-ya``, ``lifespan``, ``lifespan-elastic``, ``follow-up``) or the one
    in a YAML file.

    Raises :class:`UserError` for a name that is not known, a file that is not there or not YAML, an unknown or
    missing key, a wrong type or a number out of range, naming it.
    """
    folder = files("brainaging.pipeline.simulate") / "scenarios"
    shipped = sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))
    if str(source) in shipped:
        text, where = (folder / f"{source}.yaml").read_text(encoding="utf-8"), str(source)
    else:
        path = Path(source)
        if not path.is_file():
            raise UserError(f"scenario {str(source)!r}: not one of {', '.join(shipped)} and no such file")
        text, where = path.read_text(encoding="utf-8"), path.name
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" from line {mark.line + 1} on" if mark is not None else ""
        raise UserError(f"{where}: expected YAML, found something else{line}") from error
    return scenario_from_dict(data, where)
