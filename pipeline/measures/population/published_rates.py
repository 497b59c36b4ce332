"""Published rates of change of brain structures with age: a table of figures and where each was read."""

import csv
import io
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path

from brainaging.pipeline.measures.population.structures import STRUCTURES, AgeSpan
from brainaging.pipeline.runtime import UserError

TABLE = "published_rates.csv"
MEASURES = ("volume", "thickness", "area")
#: whether a source's structure is the one that is measured here; "nearly" is shown and decides nothing
COMPARABLE = ("yes", "nearly", "no")
DESIGNS = ("longitudinal", "cross-sectional")
PER_YEAR, PER_DECADE = "percent_per_year", "percent_per_decade"
UNITS = (PER_YEAR, PER_DECADE)
IDENTIFIERS = ("doi:10.", "pmid:", "https://")
#: a figure that a source gives without an interval stands for two thirds to one and a half times itself: studies
#: of one structure at one age differ by more (hippocampus after 60 years: 0.30 to 1.12 % a year; caudate: 0.33
#: and 0.83). Sensitivity: of 33 rows of `lifespan` 22 lie outside, 23 with a factor of 1, 22 with 2
WITHOUT_INTERVAL = 1.5
#: and for 0.1 % a year around itself at least, so that a rate of nearly 0 has a range too: two sources of the
#: whole brain before 40 years say 0 and -0.20. Sensitivity: of 33 rows of `lifespan` 22 lie outside, 23 with 0,
#: 19 with 0.2
LEAST_PER_YEAR = 0.1


@dataclass(frozen=True)
class PublishedRate:
    """One figure of one source.

    ``rate``, ``low`` and ``high`` are per cent per year or decade by ``unit``; ``rate`` is None where the source
    gives a range alone, ``low`` and ``high`` where it gives none. ``interval`` says what they are. ``n`` people
    (None where it was not read), ages in years; ``identifier`` a DOI, PubMed's number or an address.
    """

    structure: str
    measure: str
    definition: str
    comparable: str
    design: str
    age_low: float
    age_high: float
    n: int | None
    rate: float | None
    low: float | None
    high: float | None
    unit: str
    interval: str
    source: str
    identifier: str
    note: str

    @property
    def ages(self) -> AgeSpan:
        """The ages that it holds for."""
        return AgeSpan(self.age_low, self.age_high)

    @property
    def percent_a_decade(self) -> tuple[float, float]:
        """Lowest and highest change in per cent a decade, rates of a year compounded."""
        if self.low is not None and self.high is not None:
            ends = [self.low, self.high]
        else:
            rate, least = self.rate or 0.0, LEAST_PER_YEAR * (1 if self.unit == PER_YEAR else 10)
            ends = [rate / WITHOUT_INTERVAL, rate * WITHOUT_INTERVAL, rate - least, rate + least]
        if self.unit == PER_YEAR:
            ends = [100 * ((1 + end / 100) ** 10 - 1) for end in ends]
        return min(ends), max(ends)


COLUMNS = tuple(field.name for field in fields(PublishedRate))


def read_published_rates(path: Path | None = None) -> list[PublishedRate]:
    """Read a table of published rates; the package's own without a ``path``.

    Raises:
        UserError: no such file, missing or unknown columns, or a cell that is not what its column holds; the
            message names the line and the column.
    """
    if path is None:
        text = (files("brainaging.pipeline.measures.population") / TABLE).read_text(encoding="utf-8")
        return _read(text, TABLE)
    try:
        return _read(path.read_text(encoding="utf-8-sig"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: expected a table of published rates (CSV), found none that can be read"
        ) from error


def _read(text: str, where: str) -> list[PublishedRate]:
    reader = csv.DictReader(io.StringIO(text))
    columns = tuple(reader.fieldnames or ())
    if columns != COLUMNS:
        missing = [name for name in COLUMNS if name not in columns]
        unknown = [name for name in columns if name not in COLUMNS]
        found = "; ".join(
            f"{word} {', '.join(names)}" for word, names in (("missing", missing), ("unknown", unknown)) if names
        )
        raise UserError(f"{where}: expected the columns {', '.join(COLUMNS)}; {found or 'found another order'}")
    rates = [_rate(row, f"{where}, line {reader.line_num}") for row in reader]
    if not rates:
        raise UserError(f"{where}: expected published rates, found no row")
    return rates


def _rate(row: dict[str, str | None], where: str) -> PublishedRate:
    if None in row or None in row.values():
        raise UserError(f"{where}: expected {len(COLUMNS)} cells, found another number of them")
    cells = {name: (value or "").strip() for name, value in row.items()}
    for column, allowed in (
        ("structure", STRUCTURES),
        ("measure", MEASURES),
        ("comparable", COMPARABLE),
        ("design", DESIGNS),
        ("unit", UNITS),
    ):
        if cells[column] not in allowed:
            raise UserError(f"{where}: {column}: expected one of {', '.join(allowed)}, found {cells[column]!r}")
    for column in ("definition", "source"):
        if not cells[column]:
            raise UserError(f"{where}: {column}: expected words, found none")
    if not cells["identifier"].startswith(IDENTIFIERS):
        starts = ", ".join(IDENTIFIERS)
        raise UserError(f"{where}: identifier: expected one of {starts}, found {cells['identifier']!r}")
    numbers = {
        name: _number(cells[name], name, where) for name in ("age_low", "age_high", "rate", "low", "high", "n")
    }
    age_low, age_high, count = numbers["age_low"], numbers["age_high"], numbers["n"]
    rate, low, high = (numbers[name] for name in ("rate", "low", "high"))
    if age_low is None or age_high is None or not 0 <= age_low <= age_high <= 120:
        raise UserError(f"{where}: ages: expected 0 to 120 years, low to high, found {age_low} to {age_high}")
    if (low is None) != (high is None) or (rate is None and low is None):
        raise UserError(f"{where}: expected a rate, or low and high, or all three, found {rate}, {low} and {high}")
    if low is not None and high is not None and not low <= (low if rate is None else rate) <= high:
        raise UserError(f"{where}: expected low <= rate <= high, found {low}, {rate} and {high}")
    words = {name: value for name, value in cells.items() if name not in numbers}
    return PublishedRate(
        **words,
        age_low=age_low,
        age_high=age_high,
        n=None if count is None else int(count),
        rate=rate,
        low=low,
        high=high,
    )


def _number(cell: str, column: str, where: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e6:
        raise UserError(f"{where}: {column}: expected a number, found {cell!r}")
    return value
