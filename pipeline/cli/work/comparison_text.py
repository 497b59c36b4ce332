"""What a terminal shows of a comparison of two results tables."""

import math
from collections.abc import Iterable

from rich import box
from rich.table import Table

from brainaging.pipeline.results import Finding
from brainaging.pipeline.results.comparison import IDENTITY, Comparison, Pair, counts


def lines(comparison: Comparison, everything: bool) -> Iterable[str]:
    """Yield a line a finding that differs or stands alone, and where ``everything`` is wanted, that is equal."""
    if everything:
        yield from (f"equal: {_name(pair.before)}" for pair in comparison.equal)
    yield from (_difference(pair) for pair in comparison.differing)
    yield from (f"only before: {_name(finding)}" for finding in comparison.only_before)
    yield from (f"only after: {_name(finding)}" for finding in comparison.only_after)


def _name(finding: Finding) -> str:
    """Return a finding's kind and codes, as results.csv has them."""
    codes = ((name, getattr(finding, name, "")) for name in IDENTITY if name != "kind")
    return " ".join((finding.kind, *(f"{name}={code}" for name, code in codes if code not in ("", 0))))


def _difference(pair: Pair) -> str:
    changes = (
        f"{name} {_cell(getattr(pair.before, name))} → {_cell(getattr(pair.after, name))}" for name in pair.columns
    )
    size = "" if math.isinf(pair.relative) else f" by {pair.relative:.2g}"
    return f"differs{size}: {_name(pair.before)}: {', '.join(changes)}"


def _cell(content: object) -> str:
    if isinstance(content, float):
        return "–" if math.isnan(content) else f"{content:.6g}"
    return str(content) or "–"


def counts_table(comparison: Comparison) -> Table:
    """Return how many findings are equal, differ or stand alone, a row an experiment."""
    tally = counts(comparison)
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("experiment", no_wrap=True)
    for name in tally.columns:
        table.add_column(name, justify="right", no_wrap=True)
    for experiment, row in zip(tally.index, tally.to_numpy(), strict=True):
        table.add_row(str(experiment), *map(str, row))
    return table


def totals(comparison: Comparison) -> str:
    """Return how many findings are equal, differ or stand alone, in all."""
    return ", ".join(f"{number} {name}" for name, number in counts(comparison).sum().items())
