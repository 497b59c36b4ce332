"""What a terminal shows of the scores of ways to edit a brain."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from brainaging.pipeline.results import EditScore, Finding, title, words

SHOWN = ("correlation", "norm_ratio", "slope_error", "ventricle_ratio", "head_size_drift", "reader_agreement")


def score_table(edit: str, findings: Sequence[Finding]) -> Table:
    """Return a table of an edit's scores over everybody, a row a method."""
    heading = f"{title('edit', edit)}: predicted change by the true one"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("method", *(name.replace("_", " ") for name in SHOWN)):
        table.add_column(column)
    cells: dict[str, dict[str, str]] = {}
    for finding in findings:
        everybody = isinstance(finding, EditScore) and finding.edit == edit and not finding.people
        if isinstance(finding, EditScore) and everybody and finding.metric in SHOWN:
            cells.setdefault(finding.model, {})[finding.metric] = _cell(finding)
    for model, values in cells.items():
        table.add_row(words("model", model), *(values.get(metric, "") for metric in SHOWN))
    return table


def _cell(finding: EditScore) -> str:
    band = f" ({finding.ci_low:.2f}, {finding.ci_high:.2f})" if finding.has_interval else ""
    value = f"{finding.value:.3g}{band}"
    return f"{value}; true {finding.baseline_value:.2f}" if finding.metric == "head_size_drift" else value
