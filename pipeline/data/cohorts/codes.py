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
_SEX_WORDS = {
    word: sex
    for sex, words in {
        "F": "f female females woman women girl girls",
        "M": "m male males man men boy boys",
    }.items()
    for word in words.split()
}
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
_EXACT = re.compile(r"\d[.,]\d")
_SUBJECT = re.compile(r"\w(?:[\w.+@ -]*\w)?")
#: years in one unit of age; a year has 365.25 days
UNITS = {"years": 1.0, "months": 1 / 12, "weeks": 7 / 365.25, "days": 1 / 365.25}
_UNIT_WORDS = {
    word: unit
    for unit, words in {
        "years": "y yo yr yrs year years annum",
        "months": "mo mos mon mth mths month months",
        "weeks": "w wk wks week weeks",
        "days": "d day days",
    }.items()
    for word in words.split()
}
_NOT_FROM_BIRTH = ("gestation", "menstrual", "concept", "pma")
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?) ?([a-z][a-z ]*)\.?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
#: DICOM's age strings (PS3.5, AS) have D, W, M or Y after three digits; the M alone is not clear without them
_DICOM_MONTHS = re.compile(r"(\d{3})M")
#: years; nobody is known to have been older than 122
OLDEST = 120.0


#: what the last lines of a spreadsheet are called
STATISTICS = frozenset(("average", "mean", "median", "sd", "std", "std dev", "stdev", "sum", "total"))


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
    if name.casefold() in STATISTICS:
        raise ValueError("not a subject id: expected a person, found a line of statistics: leave it out")
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
        raise ValueError(f"sex is coded {text[:20]!r}: state what it means, e.g. --sex-codes 0=F,1=M")
    raise ValueError(
        f'unknown sex code {text[:20]!r}: expected F or M (--sex-codes "{text[:20]}=F" states what it means)'
    )


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


def age_unit(text: str) -> str:
    """Return the unit of :data:`UNITS` that a text states (``months``, ``Age in yrs``, ``d``), "" where none.

    An age from conception (gestational, postmenstrual) is none of them, and neither is a text that names two.
    """
    words = re.findall(r"[^\W\d_]+", text.casefold())
    if any(part in word for word in words for part in _NOT_FROM_BIRTH):
        return ""
    units = {_UNIT_WORDS[word] for word in words if word in _UNIT_WORDS}
    return units.pop() if len(units) == 1 else ""


def check_unit(text: str) -> str:
    """Return the unit that a user states; raises UserError for none of :data:`UNITS`."""
    unit = age_unit(text)
    if not unit:
        raise UserError(f"unit of age: expected {', '.join(UNITS)}, found {text[:20]!r}")
    return unit


def parse_age_codes(text: str) -> dict[str, str]:
    """Return the mapping that ``"89+=89,18-38=28,999="`` states; raises UserError where it states none."""
    pairs = [pair.rpartition("=") for pair in text.split(",") if pair.strip()]
    codes = {key: value for key, mark, value in pairs if mark and key.strip()}
    return check_age_codes(codes if len(codes) == len(pairs) else {})


def check_age_codes(codes: Mapping[str, str | float]) -> dict[str, str]:
    """Return ``codes`` with keys folded as cells are: what a cell stands for, in the unit of its column.

    Values must be a number, a bracket, or "" (not known); raises UserError.
    """
    plain = {age_key(str(key)): str(value).strip() for key, value in codes.items()}
    if not plain or any(not (_NUMBER.fullmatch(v) or v in BRACKETS or is_missing(v)) for v in plain.values()):
        raise UserError(f"age codes: expected a mapping such as 89+=89,18-38=28, found {dict(codes)}")
    return plain


def age_key(text: str) -> str:
    """Return a cell of an age as codes are compared: no case, no blanks, one kind of dash."""
    return re.sub(r"[\u2010-\u2015]", "-", "".join(text.casefold().split()))


def age_in_years(text: str, comma_decimal: bool = False, unit: str = "years") -> float:
    """Return the age in a cell in years, however large; NaN where missing, infinity where it is no number.

    A number is in ``unit`` (one of :data:`UNITS`); a cell that says its own (``45y``, DICOM's ``018M``) in that.
    """
    if is_missing(text):
        return math.nan
    cell = text.strip().replace(",", ".") if comma_decimal else text.strip()
    if found := _DICOM_MONTHS.fullmatch(cell):
        cell, unit = found[1], "months"
    elif (found := _WITH_UNIT.fullmatch(cell)) and age_unit(found[2]):
        cell, unit = found[1], age_unit(found[2])
    try:
        # Python reads 1_000 as a number, and no other program does
        return math.inf if "_" in cell else float(cell) * UNITS[unit]
    except ValueError:
        return math.inf


def parse_age(text: str, comma_decimal: bool = False, unit: str = "years", quote: bool = False) -> float:
    """Return an age in years (NaN where missing); ValueError unless it lies in 0 to 120 years.

    Numbers are in ``unit``, see :func:`age_in_years`; whatever else (``89+``, ``18-38``) is no age until codes
    state what it means. The message repeats the cell where ``quote`` says that it is public.
    """
    age = age_in_years(text, comma_decimal, unit)
    if is_missing(text) or 0 <= age <= OLDEST:
        return age
    expected = f"age: expected {unit} between 0 and {round(OLDEST / UNITS[unit])}"
    if not quote:
        raise ValueError(expected)
    cell = text.strip()[:20]
    advice = f'--age-codes "{cell}=…" states what it means'
    if _DECIMAL_COMMA.fullmatch(cell):
        advice = "decimal commas are read in tables with semicolons"
    elif not math.isinf(age):
        advice = f'--age-unit states another unit, --age-codes "{cell}=" that it is not known'
    raise ValueError(f"{expected}, found {cell!r} ({advice})")


def read_sex_levels(levels: object) -> dict[str, str]:
    """Return what BIDS's ``Levels`` of a column say of sex: ``{"1": "male"}`` is ``{"1": "M"}``.

    A level that says neither or both is passed over, and so is what F and M say of themselves; one that turns F or
    M round raises ValueError.
    """
    codes = {}
    for code, said in levels.items() if isinstance(levels, Mapping) else ():
        text = " ".join(map(str, said.values())) if isinstance(said, Mapping) else str(said)
        sexes = {_SEX_WORDS[word] for word in re.findall(r"[^\W\d_]+", text.casefold()) if word in _SEX_WORDS}
        key = _sex_key(str(code))
        if not sexes and is_missing(text):
            sexes = {""}
        if len(sexes) != 1:
            continue
        sex = sexes.pop()
        if key in _SEX and sex and _SEX[key] != sex:
            raise ValueError(f"its Levels say {code!r} is {text[:20]!r}: state it with --sex-codes")
        if key not in _SEX:
            codes[key] = sex
    return codes
