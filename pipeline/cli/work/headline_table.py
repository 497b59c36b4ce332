"""What a terminal shows of a run: the findings that answer its main questions, in one table."""

import math
from collections.abc import Iterable
from typing import TypeGuard

from rich import box
from rich.table import Table

from brainaging.pipeline.report.phrases import TUNED, features_words, method_words
from brainaging.pipeline.report.selection import HEAD_SIZE_OUT
from brainaging.pipeline.results import Compared, EditScore, Finding, Reconstruction, Score, words

#: the metrics of each question that a terminal shows; the others stand in the report
_METRICS = {
    "sex": ("accuracy", "balanced_accuracy", "auc"),
    "age_bracket": ("accuracy",),
    "age_band": ("accuracy",),
    "age_years": ("mae", "r2"),
    "image": ("mse", "ssim"),
}
#: models that read no features; both modalities begin with the same questions to them
_BARE = ("majority", "mean")
#: other learners and methods stand in the report, beside these
_MODELS = (*_BARE, "logistic_regression", "ridge", "autoencoder", "pca", "pca_flip", "residual_network")
_EDITORS = ("deformation", "voxel_regression")
_ASIDE = (*HEAD_SIZE_OUT, "pca2", "bias_corrected")
_CONDITIONAL = (
    "Intervals hold for the fitted models: they draw the people who are tested anew, not those who trained."
)


def headline_table(findings: Iterable[Finding], *, simulated: bool = False) -> Table:
    """Return the findings that answer the main questions: values, intervals, baselines and the original's.

    Args:
        findings: of a run.
        simulated: whether the cohort is; what the original reported is then said to have set its effects.
    """
    table = Table(title="held-out subjects, grouped folds", title_justify="left", box=box.SIMPLE_HEAD)
    table.caption_justify = "left"
    for column in ("target", "from", "metric"):
        table.add_column(column)
    for column in ("value", "95 % interval", "baseline", "original"):
        table.add_column(column, justify="right", no_wrap=True)
    shown, reported = set(), False
    for finding in findings:
        if not is_headline(finding):
            continue
        original = finding.original_value if isinstance(finding, Score) else math.nan
        row = (*_about(finding), finding.term.words)
        if row not in shown:
            shown.add(row)
            reported = reported or not math.isnan(original)
            interval = f"{_number(finding.ci_low)} to {_number(finding.ci_high)}" if finding.has_interval else "–"
            numbers = (finding.value, finding.baseline_value, original)
            value, baseline, number = (_number(one) for one in numbers)
            table.add_row(*row, value, interval, baseline, number)
    table.caption = f"{_CONDITIONAL} {TUNED}." if simulated and reported else _CONDITIONAL
    return table


def is_headline(finding: Finding) -> TypeGuard[Compared]:
    """Whether a terminal shows a finding: a grouped split's plain score of a main model that has a value."""
    if not isinstance(finding, Compared) or math.isnan(finding.value):
        return False
    if isinstance(finding, EditScore):
        return finding.metric == "correlation" and not finding.people and finding.model in _EDITORS
    if not isinstance(finding, Score | Reconstruction) or finding.split != "grouped":
        return False
    wanted = finding.metric in _METRICS.get(finding.target, ()) and finding.model in _MODELS
    return wanted and not (isinstance(finding, Score) and (finding.adjustment in _ASIDE or finding.site != ""))


def _about(finding: Finding) -> tuple[str, str]:
    """Return what a finding is about, and from what or by what."""
    if isinstance(finding, EditScore):
        return "change", f"{words('model', finding.model)}, {words('edit', finding.edit)}"
    if isinstance(finding, Reconstruction):
        return words("target", finding.target), method_words(finding.model, finding.codes)
    if isinstance(finding, Score):
        of_model = finding.features == "none" or finding.experiment == "classifiers"
        modality = "table" if finding.modality == "table" else ""
        text = words("model", finding.model) if of_model else features_words(finding, modality, brief=True)
        text += f" ({finding.codes} codes)" if finding.codes else ""
        return words("target", finding.target), text
    return words("experiment", finding.experiment), ""


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
