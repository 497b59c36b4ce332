"""Typed results: one dataclass for each kind of finding.

A finding is one number of a run (or one reason why there is none) with everything that a reader needs to place
it. Its fields are columns of results.csv (:mod:`brainaging.pipeline.results.table`), and what a field may hold as
a code stands in :mod:`brainaging.pipeline.results.vocabulary`: a code that is not there is an error where it is
made, so that analysis, report and command line never disagree about a word. Nothing is parsed out of a text.

``value``, ``ci_low``, ``ci_high`` and every baseline's value are in the metric's own unit (shares for accuracies,
years for ``mae``); NaN where a number does not exist. Intervals are 95 %, conditional on the fitted models.
``n_train`` is the mean size of the training folds, ``n_test`` the number of subjects tested.
"""

import math
from dataclasses import dataclass, fields
from typing import ClassVar

from brainaging.pipeline.results.vocabulary import METRICS, MetricTerm, check_codes

NAN = math.nan


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What every finding has: which experiment on which cohort, and how many subjects it rests on."""

    #: name of the kind in results.csv
    kind: ClassVar[str] = ""

    experiment: str
    cohort: str
    modality: str = "T1w"
    n_train: int = 0
    n_test: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every code.

        Raises:
            ValueError: a code that the vocabulary does not have.
        """
        check_codes({field.name: getattr(self, field.name) for field in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Measured(Finding):
    """A number with its 95 % interval."""

    metric: str
    value: float
    ci_low: float = NAN
    ci_high: float = NAN

    @property
    def term(self) -> MetricTerm:
        """What is known of the metric: its words, its direction, its unit."""
        return METRICS[self.metric]

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the interval are given."""
        return not (math.isnan(self.ci_low) or math.isnan(self.ci_high))


@dataclass(frozen=True, kw_only=True)
class Compared(Measured):
    """A number that has a baseline to beat: the baseline's name, its codes if it has latents, and its value."""

    baseline: str = ""
    baseline_codes: int = 0
    baseline_value: float = NAN

    @property
    def verdict(self) -> str:
        """How the number stands to its baseline: "better", "worse", "unclear", or "" where nothing can be said.

        Better or worse needs the whole interval on one side of the baseline.
        """
        higher = self.term.higher_is_better
        if higher is None or not self.has_interval or math.isnan(self.baseline_value):
            return ""
        if self.ci_low > self.baseline_value:
            return "better" if higher else "worse"
        if self.ci_high < self.baseline_value:
            return "worse" if higher else "better"
        return "unclear"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """From what a target is predicted, by what, on which split: the fields that predictions share.

    ``features`` are what the model reads ("voxels", "latents", …); of latents, ``encoder`` says whose and
    ``codes`` how many. ``adjustment`` is what was done about head size, sites or age bias. ``site`` is the one
    site whose people are tested, "" for everybody.
    """

    target: str
    features: str
    model: str
    encoder: str = ""
    codes: int = 0
    adjustment: str = ""
    split: str = "grouped"
    site: str = ""

    @property
    def is_random_split(self) -> bool:
        """Whether relatives may stand on both sides of the split."""
        return self.split == "random"


@dataclass(frozen=True, kw_only=True)
class Score(Compared, Probe):
    """How well a target is predicted out of fold, beside what the original study reported where it did."""

    kind: ClassVar[str] = "score"

    original_value: float = NAN


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
class Reconstruction(Compared):
    """Likeness of held-out scans (or table rows) and what a method makes of them; ``codes`` is how many it has."""

    kind: ClassVar[str] = "reconstruction"

    target: str
    model: str
    codes: int = 0
    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class ErrorRatio(Compared):
    """Mean squared error of a method by that of its baseline on the same subjects; below 1 is better."""

    kind: ClassVar[str] = "error_ratio"

    target: str
    model: str
    codes: int = 0
    split: str = "grouped"


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
class GeneratorMeasure(Compared):
    """Fidelity, diversity or privacy of a generator's brains (``model``), beside what real brains give."""

    kind: ClassVar[str] = "generator_measure"

    model: str
    features: str
    codes: int = 0


@dataclass(frozen=True, kw_only=True)
class Distance(Compared):
    """A distance of generated to fresh brains, beside the floor: two samples of real brains at the same n.

    ``baseline_value`` is the floor, ``baseline_low`` and ``baseline_high`` its 2.5th and 97.5th percentiles over
    random halves of the real brains.
    """

    kind: ClassVar[str] = "distance"

    model: str
    features: str
    codes: int = 0
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


@dataclass(frozen=True, kw_only=True)
class Inversion(Compared):
    """How well a method (``model``) finds latents (``target`` "latent_code") or held-out scans ("image") again."""

    kind: ClassVar[str] = "inversion"

    target: str
    model: str
    codes: int = 0


@dataclass(frozen=True, kw_only=True)
class EditScore(Compared):
    """A method (``model``) on one question of an edit (``edit``), over ``people`` ("" is everybody)."""

    kind: ClassVar[str] = "edit_score"

    edit: str
    model: str
    people: str = ""
    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class DirectionCosine(Compared):
    """The cosine of the directions of age and sex in an encoder's latents, or p of so large a one by chance.

    ``covariates`` stand in the model beside the one whose direction it is; "truth" is the simulation's own.
    """

    kind: ClassVar[str] = "direction_cosine"

    encoder: str
    covariates: str


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


#: every kind by its name in results.csv
KINDS: dict[str, type[Finding]] = {
    cls.kind: cls
    for cls in (
        Score,
        Difference,
        PermutationP,
        Reconstruction,
        ErrorRatio,
        RankingPrecision,
        GeneratorMeasure,
        Distance,
        LabelScore,
        GateCheck,
        ScaleResponse,
        Inversion,
        EditScore,
        DirectionCosine,
        NotComputed,
    )
}
