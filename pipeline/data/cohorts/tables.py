"""Text tables as users have them: comma, semicolon, tab or bar, with or without a byte-order mark."""

import csv
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from brainaging.pipeline.data.cohorts.problems import CohortError

DELIMITERS = (",", ";", "\t", "|")
_SHOWN_COLUMNS = 8
_SEPARATOR = re.compile(r"sep=([,;\t|])\r?\n")


def plain_name(name: str) -> str:
    """Return a column's name as it is compared: no case, spaces, dashes or underscores."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@dataclass(frozen=True)
class TextTable:
    """A table read from text: every cell a stripped string, the index the line number in the file."""

    path: Path
    frame: pd.DataFrame
    comma_decimal: bool

    def where(self, line: int) -> str:
        """Return the place of a row as messages name it: ``file line n``."""
        return f"{self.path.name} line {line}"

    def named(self, names: Sequence[str]) -> list[str]:
        """Return the columns under one of ``names``; case, spaces, ``_`` and ``-`` do not matter."""
        wanted = {plain_name(name) for name in names}
        return [str(name) for name in self.frame.columns if plain_name(str(name)) in wanted]

    def column(self, what: str, names: Sequence[str]) -> str | None:
        """Return the column that holds ``what``, under one of ``names``, or None.

        Case, spaces, ``_`` and ``-`` do not matter. Raises :class:`CohortError` where two columns answer.
        """
        columns = self.named(names)
        if len(columns) > 1:
            both = " or ".join(map(repr, columns))
            raise CohortError.single(f"{self.path}: the {what} may be in {both}: keep one")
        return columns[0] if columns else None

    def required(self, what: str, names: Sequence[str], private: bool = False) -> str:
        """Return the column that holds ``what``; raises :class:`CohortError`, naming it, where there is none.

        ``private`` keeps the file's own column names out of the message: in a table without a header they are the
        first person's values.
        """
        column = self.column(what, names)
        if column is None:
            columns = [str(name) for name in self.frame.columns]
            if private:
                raise CohortError.single(
                    f"{self.path}: no column for the {what}: expected {' or '.join(names)} in the first line, "
                    f"found {len(columns)} other names"
                )
            shown = ", ".join(columns[:_SHOWN_COLUMNS]) + (", …" if len(columns) > _SHOWN_COLUMNS else "")
            raise CohortError.single(
                f"{self.path}: no column for the {what}: expected {' or '.join(names)}, found {shown}"
            )
        return column

    def locate(
        self,
        names: Mapping[str, Sequence[str]],
        renamed: Mapping[str, str] | None,
        required: Collection[str],
        passed_over: Collection[str] = (),
    ) -> dict[str, str | None]:
        """Return the column that holds each key of ``names``, None where it is not there.

        ``names`` gives the spellings that each key may have; ``renamed`` is the user's own name for some keys,
        which must then be there, as those ``required``. Keys that are ``passed_over`` may be renamed, and are
        found otherwise.

        Raises :class:`CohortError`: a key of ``renamed`` that is none of ``names``, a required column that is
        missing, two columns for one key.
        """
        own = dict(renamed or {})
        unknown = set(own) - set(names)
        if unknown:
            raise CohortError.single(f"columns: expected {', '.join(names)}, found {', '.join(sorted(unknown))}")
        spellings = {**names, **{key: (name,) for key, name in own.items()}}
        needed = {*required, *own}
        return {
            key: (self.required if key in needed else self.column)(key, spellings[key])
            for key in names
            if key not in passed_over
        }


def _decode(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CohortError.single(f"{path}: cannot be read ({error.strerror})") from error
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise CohortError.single(f"{path}: not UTF-8 text: save it as 'CSV UTF-8'") from error


def _delimiter(text: str) -> str:
    lines = text.splitlines()
    counts = {mark: len(next(csv.reader([lines[0]], delimiter=mark))) for mark in DELIMITERS}
    best = max(DELIMITERS, key=counts.__getitem__)
    # FreeSurfer's --delimiter space; a name may have blanks too, so that the first row must be cut alike
    blanks = len(lines[0].split())
    if counts[best] == 1 and blanks > 1 and len(lines) > 1 and len(lines[1].split()) == blanks:
        return " "
    return best


def read_table(path: str | Path) -> TextTable:
    """Read a delimited text file with a header.

    The delimiter is what Excel's line ``sep=;`` says, else the one of ``, ; tab |`` that cuts the header into most
    columns, a blank where none of them cuts it; with semicolons numbers may have decimal commas. Blank lines are
    passed over. Raises :class:`CohortError`: unreadable, empty, or every row whose number of cells is not the
    header's.
    """
    path = Path(path)
    text = _decode(path)
    if not text.strip():
        raise CohortError.single(f"{path}: empty file")
    text = text.lstrip("\r\n")
    # Excel's own first line, "sep=;", says the delimiter
    said = _SEPARATOR.match(text)
    delimiter = said[1] if said else _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter == " ")
    try:
        if said:
            next(reader)
        header = [name.strip() for name in next(reader)]
        rows: dict[int, list[str]] = {}
        for row in reader:
            if any(map(str.strip, row)):
                rows[reader.line_num] = [cell.strip() for cell in row]
    except csv.Error as error:
        raise CohortError.single(f"{path}: line {reader.line_num} is not delimited text ({error})") from error
    ragged = [
        f"{path.name} line {line}: {len(row)} cells, the header has {len(header)}"
        for line, row in rows.items()
        if len(row) != len(header)
    ]
    if ragged:
        raise CohortError(str(path), ragged)
    if not rows:
        raise CohortError.single(f"{path}: a header but no rows")
    frame = pd.DataFrame(list(rows.values()), columns=header, index=list(rows), dtype=object)
    return TextTable(path, frame, comma_decimal=delimiter == ";")
