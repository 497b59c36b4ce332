"""Findings about predictions: scores, their differences, permutation tests, rankings; why there is no number."""

from dataclasses import dataclass
from typing import ClassVar

from brainaging.pipeline.results.shared_fields import NAN, Compared, Finding, Measured, Probe


@dataclass(frozen=True, kw_only=True)
class Score(Compared, Probe):
    """How well a target is predicted out of fold, with what the original study reported where it did.

    ``people`` is the subgroup that is scored, "" for everybody.
    """

    kind: ClassVar[str] = "score"

    original_value: float = NAN
    people: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference(Measured, Probe):
    """A score less another one of the same target: paired over the same subjects.

    ``contrast`` says in what the two differ ("features", "model" or "split"), ``reference`` what is subtracted, in
    that column's codes.
    """

    kind: ClassVar[str] = "difference"

    contrast: str
    reference: str

    @property
    def is_rotation(self) -> bool:
        """Whether the latents have as many codes as the training scans span, and so only rotate them.

        A linear model reads the same from latents that lose nothing: such a difference of 0 is no finding.
        """
        return self.contrast == "features" and self.features == "latents" and 0 < self.n_train <= self.codes + 1


@dataclass(frozen=True, kw_only=True)
class PermutationP(Measured, Probe):
    """p of independence of features and labels; ``statistic`` is the metric that was permuted."""

    kind: ClassVar[str] = "permutation_p"

    statistic: str


@dataclass(frozen=True, kw_only=True)
class RankingPrecision(Compared):
    """How many of the top-ranked measures or structures had an effect planted (``k``: how many are planted).

    ``model`` is what ranks: coefficients, permutation importance or adjusted differences.
    """

    kind: ClassVar[str] = "ranking_precision"

    target: str
    model: str
    level: str
    k: int


@dataclass(frozen=True, kw_only=True)
class NotComputed(Finding):
    """A number that a cohort cannot give, and why; the other fields say which number it would be."""

    kind: ClassVar[str] = "not_computed"

    reason: str
    target: str = ""
    features: str = ""
    encoder: str = ""
    codes: int = 0
    adjustment: str = ""
    model: str = ""
    split: str = "grouped"
    site: str = ""
    metric: str = ""
