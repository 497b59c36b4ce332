"""What a layout's reader hands on: a source's rows as written, the problems it met, notes for the user."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from brainaging.pipeline.data.cohorts.codes import check_subject
from brainaging.pipeline.data.cohorts.problems import Problems
from brainaging.pipeline.data.cohorts.tables import TextTable


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
    age_unit: str = "years"


@dataclass
class SourceContents:
    """Rows of one source.

    ``restricted`` is the user's restricted CSV, where one belongs to the source; ``sex_codes`` what the source
    itself says that codes of sex mean.
    """

    rows: list[Row] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)
    restricted: Path | None = None
    simulated: bool = False
    sex_codes: dict[str, str] = field(default_factory=dict)

    def subjects(self, table: TextTable, column: str) -> Iterator[tuple[str, str, pd.Series]]:
        """Go through a table's rows: the subject's id in ``column``, the row's place and its cells.

        A row whose id is no id is added to ``problems`` and passed over.
        """
        for line, row in table.frame.iterrows():
            name, where = str(row[column]), table.where(int(str(line)))
            try:
                check_subject(name)
            except ValueError as error:
                self.problems.add(name, where, str(error))
                continue
            yield name, where, row
