"""What a terminal shows of published, planted and learned rates of change, and their table as CSV."""

from collections.abc import Iterable, Sequence

import pandas as pd
from rich import box
from rich.table import Table

from brainaging.pipeline.measures.population import AgeSpan, ComparedRate, MeasuredRate, PublishedRate

#: columns of what was measured, in the order in which they are shown
WHERE = ("planted", "learned", "table")


def rates_table(rows: Sequence[ComparedRate], title: str) -> Table:
    """Return the rows as a table: published range, and what was measured with a verdict each."""
    shown = [where for where in WHERE if any(where in row.measured for row in rows)]
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("structure", "measure", "ages", "published", "sources"):
        table.add_column(column)
    for where in shown:
        table.add_column(where, justify="right")
        table.add_column("")
    for row in rows:
        cells = [row.structure, row.measure, str(row.ages), _range(row), _sources(row)]
        for where in shown:
            cells += [_rate(row.measured.get(where), row.ages), _verdict(row, where)]
        table.add_row(*cells)
    return table


def _range(row: ComparedRate) -> str:
    return "none" if row.published is None else f"{row.published.low:+.1f} to {row.published.high:+.1f}"


def _sources(row: ComparedRate) -> str:
    if row.published is None:
        return ""
    return f"{len(row.published.rates)}" + ("" if row.published.exactly else ", nearly the same structure")


def _rate(rate: MeasuredRate | None, ages: AgeSpan) -> str:
    if rate is None:
        return ""
    band = "" if rate.low is None or rate.high is None else f" ({rate.low:+.1f} to {rate.high:+.1f})"
    return f"{rate.percent_a_decade:+.1f}{band}" + ("" if rate.ages == ages else f" at {rate.ages}")


def _verdict(row: ComparedRate, where: str) -> str:
    found = row.verdict(where)
    return f"[bold]{found}[/bold]" if row.fails(where) else found


def source_lines(rates: Sequence[PublishedRate]) -> Iterable[str]:
    """Yield a line a source: what it is taken for, citation and identifier."""
    cited: dict[tuple[str, str], list[str]] = {}
    for rate in rates:
        cited.setdefault((rate.source, rate.identifier), []).append(f"{rate.structure} ({rate.measure})")
    for (source, identifier), names in cited.items():
        yield f"{', '.join(dict.fromkeys(names))}: {source}. {identifier}"


def to_frame(rows: Sequence[ComparedRate]) -> pd.DataFrame:
    """Return a row for everything measured: structure, measure, ages, published range, rate, verdict."""
    return pd.DataFrame(
        [
            {
                "structure": row.structure,
                "measure": row.measure,
                "age_low": rate.ages.low,
                "age_high": rate.ages.high,
                "published_low": None if row.published is None else row.published.low,
                "published_high": None if row.published is None else row.published.high,
                "sources": 0 if row.published is None else len(row.published.rates),
                "same_structure": row.published is not None and row.published.exactly,
                "where": where,
                "percent_a_decade": rate.percent_a_decade,
                "ci_low": rate.low,
                "ci_high": rate.high,
                "n": rate.n,
                "verdict": row.verdict(where),
            }
            for row in rows
            for where, rate in row.measured.items()
        ]
    )
