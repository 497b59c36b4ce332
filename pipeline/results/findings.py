"""Typed results: one dataclass for each kind of finding.

A finding is one number of a run (or one reason why there is none) with everything that a reader needs to place
it. Its fields are columns of results.csv (:mod:`brainaging.pipeline.results.table`), and what a field may hold as
a code stands in :mod:`brainaging.pipeline.results.vocabulary`: a code that is not there is an error where it is
made, so that analysis, report and command line never disagree about a word. Nothing is parsed out of a text.

``value``, ``ci_low``, ``ci_high`` and every baseline's value are in the metric's own unit (shares for accuracies,
years for ``mae``); NaN where a number does not exist. Intervals are 95 %, conditional on the fitted models.
``n_train`` is the mean size of the training folds, ``n_test`` the number of subjects tested.
"""

from brainaging.pipeline.results.edit_findings import DirectionCosine, EditScore
from brainaging.pipeline.results.prediction_findings import (
    Difference,
    NotComputed,
    PermutationP,
    RankingPrecision,
    Score,
)
from brainaging.pipeline.results.reconstruction_findings import ErrorRatio, Inversion, Reconstruction
from brainaging.pipeline.results.shared_fields import Finding
from brainaging.pipeline.results.synthesis_findings import (
    Distance,
    GateCheck,
    GeneratorMeasure,
    LabelScore,
    ScaleResponse,
)

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
