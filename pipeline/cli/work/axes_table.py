"""What a terminal shows of the score's axes and of its instruments."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from brainaging.pipeline.results import AXES, METRICS, EditScore, Finding, InstrumentScore, title, words
from brainaging.pipeline.stats.bootstrap import FEW_GROUPS

NOTHING_AND_TRUTH = "On every axis no change at all has 0 and the truth 1; intervals stand in results.csv."


def axes_table(edit: str, findings: Sequence[Finding]) -> Table:
    """Return a table of an edit's scores on every axis that it has, a row a method or system."""
    scores = [
        each
        for each in findings
        if isinstance(each, EditScore) and each.edit == edit and each.metric in AXES and not each.people
    ]
    shown = [axis for axis in AXES if any(score.metric == axis for score in scores)]
    table = Table(title=f"{title('edit', edit)}: the axes", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("method", *(METRICS[axis].words for axis in shown)):
        table.add_column(column)
    for model, system in dict.fromkeys((score.model, score.system) for score in scores):
        own = {score.metric: score for score in scores if (score.model, score.system) == (model, system)}
        cells = [f"{own[axis].value + 0.0:.2f}" if axis in own else "" for axis in shown]
        table.add_row(system or words("model", model), *cells)
    return table


def instrument_lines(findings: Sequence[Finding]) -> list[str]:
    """Return a line an edit and instrument: what it recovers of the true changes, of all structures together, and
    of the score's own instrument which structures it sees not at all.
    """
    scores = [each for each in findings if isinstance(each, InstrumentScore)]
    lines = []
    for edit in dict.fromkeys(score.edit for score in scores):
        mine = [score for score in scores if score.edit == edit]
        for instrument, structure in dict.fromkeys((score.instrument, score.structure) for score in mine):
            if structure in ("all", "those seen", ""):
                values = {
                    score.metric: f"{words('metric', score.metric)} {score.value:.2f}"
                    for score in mine
                    if (score.instrument, score.structure) == (instrument, structure)
                }
                of = f", structures, {structure}" if structure else ""
                lines.append(
                    f"{title('edit', edit)}, {words('instrument', instrument)}{of}: {', '.join(values.values())}"
                )
        if unseen := _unseen(mine):
            lines.append(f"{title('edit', edit)}, not seen and so not scored: {', '.join(unseen)}")
    return lines


def instrument_table(edit: str, findings: Sequence[Finding]) -> Table:
    """Return what the score's instruments recover of an edit's true changes, a row a structure."""
    scores = [
        each for each in findings if isinstance(each, InstrumentScore) and each.edit == edit and each.structure
    ]
    columns = list(dict.fromkeys(score.metric for score in scores))
    heading = f"{title('edit', edit)}: true changes of volume, as the score's instruments recover them"
    table = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("instrument", "structure", *(METRICS[metric].words for metric in columns)):
        table.add_column(column)
    for instrument, structure in dict.fromkeys((score.instrument, score.structure) for score in scores):
        own = {s.metric: s.value for s in scores if (s.instrument, s.structure) == (instrument, structure)}
        cells = [f"{own[metric]:.2f}" if metric in own else "" for metric in columns]
        table.add_row(words("instrument", instrument), structure, *cells)
    return table


def groups_line(findings: Sequence[Finding]) -> str:
    """Return how many groups the axes' intervals draw, and that they are rough where few; "" for none."""
    counts = [each.n_groups for each in findings if isinstance(each, EditScore) and each.n_groups]
    if not counts:
        return ""
    rough = f": fewer than {FEW_GROUPS}, so that intervals are rough" if min(counts) < FEW_GROUPS else ""
    span = str(min(counts)) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return f"intervals draw {span} families or anatomies{rough}"


def _unseen(scores: Sequence[InstrumentScore]) -> list[str]:
    """Return the structures whose changes an instrument reads with as much error as reading none would have."""
    return [
        score.structure
        for score in scores
        if score.metric == "instrument_skill" and score.structure not in ("all", "those seen") and score.value <= 0
    ]
