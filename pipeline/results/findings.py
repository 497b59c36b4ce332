"""Typed results: one dataclass for each kind of finding.

A finding is one number of a run (or one reason why there is none) with everything that a reader needs to place
it. Its fields are columns of results.csv (:mod:`brainaging.pipeline.results.table`), and what a field may hold as
a code stands in :mod:`brainaging.pipeline.results.vocabulary`: a code that is not there is an error where it is
made, so that analysis, report and command line never disagree about a word. Nothing is parsed out of a text.

``value``, ``ci_low``, ``ci_high`` and every baseline's value are in the metric's own unit (shares for accuracies,
years for ``mae``); NaN where a number does not exist. Intervals are 95 %, conditional on the fitted models.
``n_train`` is the mean size of the training folds, ``n_test`` the number of subjects tested.
"""

from brainaging.pipeline.results import (
    edit_findings,
    prediction_findings,
    reconstruction_findings,
    synthesis_findings,
)
from brainaging.pipeline.results.shared_fields import Finding

#: every kind by its name in results.csv
KINDS: dict[str, type[Finding]] = {
    cls.kind: cls
    for cls in (
        prediction_findings.Score,
        prediction_findings.Difference,
        prediction_findings.PermutationP,
        reconstruction_findings.Reconstruction,
        reconstruction_findings.ErrorRatio,
        prediction_findings.RankingPrecision,
        synthesis_findings.GeneratorMeasure,
        synthesis_findings.Distance,
        synthesis_findings.LabelScore,
        synthesis_findings.GateCheck,
        synthesis_findings.ScaleResponse,
        reconstruction_findings.Inversion,
        edit_findings.EditScore,
        edit_findings.FollowUpScore,
        edit_findings.DirectionCosine,
        edit_findings.InstrumentScore,
        prediction_findings.NotComputed,
    )
}
