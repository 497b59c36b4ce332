"""Findings about generators: fidelity, distances, the gate before labels, labels, and what classifiers answer."""

from dataclasses import dataclass
from typing import ClassVar

from brainaging.pipeline.results.shared_fields import NAN, Compared, Measured


@dataclass(frozen=True, kw_only=True)
class OfGenerator(Compared):
    """A number about a generator (``model``); ``codes`` is how many components its ``features`` are."""

    model: str
    features: str
    codes: int = 0


@dataclass(frozen=True, kw_only=True)
class GeneratorMeasure(OfGenerator):
    """Fidelity, diversity or privacy of a generator's brains, against what real brains give."""

    kind: ClassVar[str] = "generator_measure"


@dataclass(frozen=True, kw_only=True)
class Distance(OfGenerator):
    """A distance of generated to fresh brains, against the floor: two samples of real brains at the same n.

    ``baseline_value`` is the floor, ``baseline_low`` and ``baseline_high`` its 2.5th and 97.5th percentiles over
    random halves of the real brains.
    """

    kind: ClassVar[str] = "distance"

    baseline_low: float = NAN
    baseline_high: float = NAN

    @property
    def ratio(self) -> float:
        """How many times the floor; NaN of an unbiased discrepancy, whose floor is about 0."""
        return self.value / self.baseline_value if self.term.has_ratio and self.baseline_value > 0 else NAN


@dataclass(frozen=True, kw_only=True)
class LabelScore(Compared):
    """What a classifier (``model``) reads in ``features``: held-out scans, reconstructions, generated brains."""

    kind: ClassVar[str] = "label_score"

    model: str
    features: str


@dataclass(frozen=True, kw_only=True)
class GateCheck(Measured):
    """One check before the brains of a generator (``model``) get labels: ``metric`` is what was measured.

    ``reader`` is the classifier that is checked, "" where brains are; ``limit`` is what was allowed; ``reason``
    says both in a sentence.
    """

    kind: ClassVar[str] = "gate_check"

    model: str
    limit: float
    passed: bool
    reason: str
    reader: str = ""


@dataclass(frozen=True, kw_only=True)
class ScaleResponse(Compared):
    """Mean P(male) that a classifier (``model``) gives held-out scans enlarged ``scale`` times along each axis."""

    kind: ClassVar[str] = "scale_response"

    model: str
    scale: float
