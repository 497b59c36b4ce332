"""What the cells of a participants table mean: subject, sex, age, age bracket. Nothing is guessed."""

import math
import re
from collections.abc import Mapping

from brainaging.pipeline.runtime import UserError

#: the four brackets of HCP's unrestricted ``Age`` column (S1200 data dictionary)
BRACKETS = ("22-25", "26-30", "31-35", "36+")
#: the words for "not known", without case: BIDS's n/a, R's NA, pandas's <NA>, Excel's #N/A, SPSS's and Stata's
#: dot, and what people type. No number is one of them (-9, 999): what such a code means is stated
MISSING = frozenset(
    {"", ".", "-", "--", "–", "—", "?", "n/a", "#n/a", "na", "n.a.", "<na>", "nan", "none", "null"}
    | {"unknown", "missing", "not available"}
)
_SEX = {"f": "F", "female": "F", "m": "M", "male": "M"}
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_EXACT = re.compile(r"\d[.,]\d")
_SUBJECT = re.compile(r"\w(?:[\w.+@ -]*\w)?")
#: years; nobody is known to have been older than 122
OLDEST = 120.0


def is_missing(text: str) -> bool:
    """Say whether a cell means "not known": one of :data:`MISSING`, the one rule of every table that is read."""
    return text.strip().casefold() in MISSING


def check_subject(text: str) -> str:
    """Return the subject's id, fit to stand as one folder's name.

    Letters, digits and ``_ . + @ -`` or blanks between them; no ``..``, no separator, no leading dot. Anything
    else raises ValueError: an id is data, and is never joined to a path before it has passed here.
    """
    name = text.strip()
    if not name:
        raise ValueError("the subject's id is empty")
    if not _SUBJECT.fullmatch(name) or ".." in name or len(name) > 100:
        raise ValueError("not a subject id: expected letters, digits, '_', '-', '.' only, no path")
    return name


def parse_sex_codes(text: str) -> dict[str, str]:
    """Return the mapping that ``"1=M,2=F"`` states; raises UserError where it states none."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    codes = {key.strip(): value.strip().upper() for key, mark, value in pairs if mark}
    return check_sex_codes(codes if len(codes) == len(pairs) else {})


def check_sex_codes(codes: Mapping[str, str]) -> dict[str, str]:
    """Return ``codes`` with keys folded as cells are; values must be ``F``, ``M`` or ``""`` (not known)."""
    if not codes or any(value not in ("F", "M", "") for value in codes.values()):
        raise UserError(f"sex codes: expected a mapping such as 0=F,1=M, found {dict(codes)}")
    return {_sex_key(str(key)): value for key, value in codes.items()}


def _sex_key(text: str) -> str:
    return re.sub(r"\.0+$", "", text.strip().casefold())


def parse_sex(text: str, codes: Mapping[str, str] | None = None) -> str:
    """Return ``"F"``, ``"M"`` or, where the cell is missing, ``""``.

    ``F/M``, ``f/m`` and ``female/male`` are known. Numbers and any other code mean what ``codes`` states
    (``{"0": "F", "1": "M"}``, see :func:`check_sex_codes`); without it they raise ValueError.
    """
    key = _sex_key(text)
    if codes and key in codes:
        return codes[key]
    if key in _SEX:
        return _SEX[key]
    if is_missing(text):
        return ""
    if key.isdigit():
        raise ValueError(f"sex is coded {text[:20]!r}: state what it means, e.g. sex codes 0=F,1=M")
    raise ValueError(f"unknown sex code {text[:20]!r}: expected F or M (or state sex codes)")


def parse_bracket(text: str) -> str:
    """Return one of :data:`BRACKETS`, or ``""`` where missing; ValueError for anything else.

    A number in this column may be an exact, restricted age: the message then does not repeat it.
    """
    bracket = text.strip()
    if is_missing(bracket):
        return ""
    if bracket in BRACKETS:
        return bracket
    shown = "a number" if _NUMBER.fullmatch(bracket) or _EXACT.search(bracket) else repr(bracket[:20])
    raise ValueError(f"age bracket: expected one of {', '.join(BRACKETS)}, found {shown}")


def parse_age(text: str, comma_decimal: bool = False) -> float:
    """Return an age in years (NaN where missing); ValueError unless it lies in 0 to 120.

    The message does not repeat the cell: it may be restricted.
    """
    if is_missing(text):
        return math.nan
    try:
        age = float(text.strip().replace(",", ".") if comma_decimal else text.strip())
    except ValueError:
        age = math.inf
    if not 0 <= age <= OLDEST:
        raise ValueError(f"age: expected years between 0 and {OLDEST:g}")
    return age
