"""The numbers in a column's cells: decimal points and commas, separators of thousands, missing values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.data.cohorts.codes import is_missing

# 1 560 838.76, 1'560'838: nothing else is written so (blanks of three kinds)
_SPACED = re.compile(r"[-+]?\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d+)?")
# 1,560,838 or 1,560.5; 1,560 alone may be a decimal comma
_COMMAS = re.compile(r"[-+]?\d{1,3}(?:(?:,\d{3}){2,}(?:\.\d+)?|,\d{3}\.\d+)")
_POINTS = re.compile(r"[-+]?\d{1,3}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d+)")
_POINTED = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_ONE_COMMA = re.compile(r"[-+]?\d{1,3},\d{3}")


@dataclass(frozen=True)
class Cells:
    """A column's ``texts`` (n,), its ``values`` (n,) float64 with NaN where missing or ``text`` (n,) bool, and
    whether separators of ``thousands`` were taken away."""

    texts: tuple[str, ...]
    values: np.ndarray
    text: np.ndarray
    thousands: bool = False


def read_cells(texts: Sequence[str], comma_decimal: bool) -> Cells:
    """Return the numbers of a column.

    With ``comma_decimal`` (tables with semicolons) a comma stands before decimals. Separators of thousands are
    taken away where they can be nothing else: 1 560 838, 1'560'838, 1,560,838 or 1,560.5 in one cell say that the
    column has them. A lone 1,560 is text in any other table: nobody knows whether a decimal or a thousand is
    meant.
    """
    texts = tuple(text.strip() for text in texts)
    missing = np.array([is_missing(text) for text in texts], dtype=bool)
    marks = _separator(texts, comma_decimal)
    spaced = any(map(_SPACED.fullmatch, texts))
    decimal = "," if marks == "." or (comma_decimal and marks != ",") else "."
    numbers = [_number(_plain(text, marks, decimal)) for text in texts]
    values = np.where(missing, np.nan, numbers)
    return Cells(texts, values, ~missing & np.isnan(values), bool(marks) or spaced)


def _separator(texts: Sequence[str], comma_decimal: bool) -> str:
    """Return what stands between thousands: a comma, a point (before decimal commas only), or "" for nothing."""
    if any(map(_COMMAS.fullmatch, texts)):
        return ","
    points = comma_decimal and any(map(_POINTS.fullmatch, texts))
    # a point anywhere else stands before decimals
    return "." if points and all(map(_POINTED.fullmatch, (text for text in texts if "." in text))) else ""


def is_doubtful(text: str) -> bool:
    """Say whether a cell's comma may stand before decimals or between thousands: 1,560."""
    return bool(_ONE_COMMA.fullmatch(text))


def _plain(text: str, marks: str, decimal: str) -> str:
    """Return a cell without separators of thousands (``marks``, and blanks), its decimals behind a point."""
    if _SPACED.fullmatch(text):
        return re.sub(r"[ '’\u00a0\u202f]", "", text).replace(",", ".")
    return text.replace(marks, "").replace(decimal, ".") if marks else text.replace(decimal, ".")


def _number(text: str) -> float:
    """Return the number in a cell, NaN for text."""
    try:
        # Python reads 1_000 as a number, and no other program does
        return float("nan" if "_" in text else text)
    except ValueError:
        return float("nan")
