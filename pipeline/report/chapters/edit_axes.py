"""The score's axes: a system a row, an axis a column, and what the score's instruments recover."""

from collections.abc import Sequence

from brainaging.pipeline.report.sections import Table
from brainaging.pipeline.report.selection import of_kind
from brainaging.pipeline.results import AXES, METRICS, EditScore, Finding, InstrumentScore, title, words
from brainaging.pipeline.stats.bootstrap import FEW_GROUPS

_CAPTION = (
    "{edit}: every system on the score's axes, with 95 % intervals. On each, no change at all has 0 and the truth "
    "1; what is overdone scores less than the truth on every axis of size. Structures are measured by registering "
    "the edited image to the scan, inside labels that the simulation itself carries along; age and sex are read "
    "by readers of the score's own, learned from other people than any edit."
)
_INSTRUMENTS = (
    "{edit}: what the score's instruments recover of true changes, on true counterfactuals, whose structures' "
    "volumes are known. Structures with a skill of 0 or less are not seen, and not scored."
)
#: structures of which the report shows no row of their own: joined ones
_JOINED = ("all", "those seen", "")


def axes_tables(findings: Sequence[Finding]) -> list[Table]:
    """Return two tables an edit that was scored on the axes: the systems, and the instruments."""
    scores = [score for score in of_kind(findings, EditScore) if score.metric in AXES]
    recovered = of_kind(findings, InstrumentScore)
    tables = []
    for edit in dict.fromkeys(score.edit for score in scores):
        mine = [score for score in scores if score.edit == edit]
        tables.append(_systems(edit, mine))
        if validity := [score for score in recovered if score.edit == edit]:
            tables.append(_instruments(edit, validity))
    return tables


def axes_facts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return how many groups the axes' intervals draw, where they are few enough for rough intervals."""
    scores = [score for score in of_kind(findings, EditScore) if score.metric in AXES and score.n_groups]
    few = min((score.n_groups for score in scores), default=FEW_GROUPS)
    if few >= FEW_GROUPS:
        return []
    return [("Intervals of the axes are rough", f"they draw {few} families or anatomies, fewer than {FEW_GROUPS}")]


def _systems(edit: str, scores: Sequence[EditScore]) -> Table:
    shown = [axis for axis in AXES if any(score.metric == axis for score in scores)]
    body = []
    for model, system in dict.fromkeys((score.model, score.system) for score in scores):
        own = {score.metric: _cell(score) for score in scores if (score.model, score.system) == (model, system)}
        body.append([system or title("model", model), *(own.get(axis, "–") for axis in shown)])
    return Table(
        _CAPTION.format(edit=title("edit", edit)), ["system", *(METRICS[axis].words for axis in shown)], body
    )


def _instruments(edit: str, scores: Sequence[InstrumentScore]) -> Table:
    metrics = list(dict.fromkeys(score.metric for score in scores))
    rows = dict.fromkeys((score.instrument, score.structure) for score in scores)
    body = []
    for instrument, structure in sorted(rows, key=lambda row: row[1] not in _JOINED):
        own = {
            s.metric: f"{s.value:.2f}" for s in scores if (s.instrument, s.structure) == (instrument, structure)
        }
        name = structure if structure not in ("all", "those seen") else f"structures, {structure}"
        body.append([words("instrument", instrument), name, *(own.get(metric, "–") for metric in metrics)])
    columns = ["instrument", "of", *(METRICS[metric].words for metric in metrics)]
    return Table(_INSTRUMENTS.format(edit=title("edit", edit)), columns, body)


def _cell(score: EditScore) -> str:
    interval = f" ({_figure(score.ci_low)} to {_figure(score.ci_high)})" if score.has_interval else ""
    return _figure(score.value) + interval


def _figure(value: float) -> str:
    """Return a figure of an axis: two decimals do where 1 is all that can be reached."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
