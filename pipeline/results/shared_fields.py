"""The fields that findings share: an experiment, a number, its baseline, what is predicted from what by what."""

import math
from dataclasses import dataclass, fields
from typing import Any, ClassVar

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


def measured(
    metric: str, estimate: tuple[float, float, float], baseline: str = "", baseline_value: float = NAN
) -> dict[str, Any]:
    """Return the fields of :class:`Measured` that an estimate (value, low, high) fills, and its baseline's."""
    value, low, high = estimate
    fields_of_baseline = {"baseline": baseline, "baseline_value": baseline_value} if baseline else {}
    return {"metric": metric, "value": value, "ci_low": low, "ci_high": high, **fields_of_baseline}


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
