"""What a layout's reader hands on: a source's rows as written, the problems it met, notes for the user."""

from dataclasses import dataclass, field
from pathlib import Path

from brainaging.pipeline.data.cohorts.problems import Problems


@dataclass(frozen=True)
class Row:
    """One scan as a reader met it, or one person without a scan (``image`` None); cells still as written."""

    where: str
    subject: str
    image: Path | None
    space: str
    session: str = ""
    sex: str = ""
    age: str = ""
    bracket: str = ""
    site: str = ""
    comma_decimal: bool = False


@dataclass
class SourceContents:
    """Rows of one source. ``restricted`` is the user's restricted CSV, where one belongs to the source."""

    rows: list[Row] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)
    restricted: Path | None = None
    simulated: bool = False
