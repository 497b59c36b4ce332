"""Which columns of a table of people hold sex, age and site, in which unit: one rule for every reader.

Names as people write them are known (``age``, ``Age_at_Scan``, ``interview_age``, ``sex_at_birth``); BIDS's
``.json`` beside a ``.tsv`` says the unit of age and what the codes of sex mean; the user's word goes before both.
What looks like age or sex and is not read is named in a note, and what may be two things is refused.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.data.cohorts.codes import (
    OLDEST,
    UNITS,
    age_in_years,
    age_key,
    age_unit,
    is_missing,
    read_sex_levels,
)
from brainaging.pipeline.data.cohorts.problems import CohortError
from brainaging.pipeline.data.cohorts.tables import TextTable, plain_name
from brainaging.pipeline.runtime.unreadable import found_in

#: the names a column may have, beside those that the patterns below know
NAMES = {
    "sex": ("sex", "gender"),
    "age": ("age", "age_years"),
    "bracket": ("age_bracket", "bracket"),
    "site": ("site", "scanner", "center", "centre"),
}
_UNIT = "years?|yrs?|months?|mos|weeks?|wks?|days?"
_OCCASION = (
    "at|in|of|the|time|scan(?:ning)?|mri?|imaging|visit|session|interview|exam(?:ination)?|acquisition|assessment|"
    "test(?:ing)?|entry|enrol?lment|inclusion|baseline|study|subjects?|participants?|patients?|chronological|exact"
)
_AGE = re.compile(rf"(?:{_OCCASION}|{_UNIT})*age(?:{_OCCASION}|{_UNIT})*")
_SEX = re.compile(
    "(?:biological|bio|birth|assigned|subjects?|participants?|patients?)*(?:sex|gender)"
    r"(?:at|birth|assigned|code[ds]?|id|mf|fm|[0-9]|m|f|male|female)*"
)
#: months by the convention of the NIMH Data Archive (ABCD, HCP-Development and -Aging)
_MONTHS = ("interviewage",)
#: infants' data sets count it in weeks (dHCP: from conception), others in years: the unit must be stated
_UNCLEAR = ("scanage",)
_LIKE = {
    "age": frozenset({"age", "ages", "dob", "yob", "birth", "birthdate", "birthday"}),
    "sex": frozenset({"sex", "gender", "male", "female"}),
}
#: restricted: read from HCP's restricted CSV alone
_HIDDEN = ("ageinyrs",)
_SHOWN = 4


@dataclass(frozen=True)
class Stated:
    """What the user says of tables of people: own names of columns by key, the unit and codes of age.

    ``private``: ages may be restricted values, which no message repeats.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    age_unit: str = ""
    age_codes: Mapping[str, str] = field(default_factory=dict)
    private: bool = False


@dataclass
class PersonColumns:
    """The column of each key, None where it is not there; the unit of age; what codes of sex mean; notes."""

    at: dict[str, str | None]
    age_unit: str = "years"
    sex_codes: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: ages (n,) in years, beyond the plausible too; NaN unknown
    ages: np.ndarray = field(default_factory=lambda: np.empty(0))

    def cells(self, row: pd.Series) -> dict[str, str]:
        """Return a row's cells by key, as written; "" for a column that is not there."""
        return {key: str(row[name]) if name else "" for key, name in self.at.items()}


def _words(name: str) -> list[str]:
    """Return a name's words, of ``AgeAtScan`` or ``age_at.scan`` alike, without case."""
    return [word.casefold() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]


def is_age(name: str) -> bool:
    """Say whether a column's name is one of a person's age at the scan, in whatever unit."""
    words = _words(name)
    pair = len(words) == 2 and words[0] == "age" and bool(age_unit(words[1]))  # age_y, age_mo
    return (pair or bool(_AGE.fullmatch(plain_name(name)))) and plain_name(name) not in _HIDDEN


def unit_of_name(name: str) -> str:
    """Return the unit that a column's name states, or has by convention; "" where it says none."""
    plain = plain_name(name)
    if plain in _MONTHS:
        return "months"
    return age_unit(" ".join([*_words(name), *re.findall(_UNIT, plain)]))


def read_description(path: Path) -> dict[str, Any]:
    """Return what the ``.json`` beside a ``.tsv`` says of its columns, by name; nothing where there is none.

    Raises :class:`CohortError` for a file that is no JSON object.
    """
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CohortError.single(
            f"{path}: expected JSON that describes the columns, found {found_in(error)}"
        ) from error
    if not isinstance(content, dict):
        raise CohortError.single(f"{path}: expected a JSON object, a key a column, found {type(content).__name__}")
    return {str(key): value for key, value in content.items() if isinstance(value, dict)}


def _described(description: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    same = [key for key in description if plain_name(key) == plain_name(name)]
    return description.get(name) or (description[same[0]] if same else {})


def find_person_columns(
    table: TextTable,
    stated: Stated | None = None,
    description: Mapping[str, Any] | None = None,
    elsewhere: Collection[str] = (),
    private: bool = False,
) -> PersonColumns:
    """Return where a table holds sex, age, bracket and site, with the unit of age and the codes of sex.

    ``description`` is BIDS's (:func:`read_description`). Keys that may be ``elsewhere``, in another table of these
    people, are not missed here, and only looked for under the user's name where there is one; a table all of whose
    keys may be elsewhere is one of many, whose ages the caller checks together (:func:`check_span`). ``private``
    keeps values out of messages.

    Raises :class:`CohortError`: a named column is missing, two columns may be the age and differ, a unit is not
    understood or contradicts the column's name, or half of all ages are over 120 years.
    """
    stated = stated or Stated()
    own = {key: name for key, name in stated.columns.items() if key in NAMES}
    away = {key for key in own if key in elsewhere and not table.named([own[key]])}
    own = {key: name for key, name in own.items() if key not in away}
    found = PersonColumns(
        table.locate({key: NAMES[key] for key in ("bracket", "site")}, _of(own, "bracket", "site"), ())
    )
    for key in ("sex", "age"):
        if key in own or key in away:
            found.at[key] = table.required(key, [own[key]]) if key in own else None
            continue
        known = [str(name) for name in table.frame.columns if _is(key, str(name))]
        found.at[key] = _one_of(key, known, table, found)
        if found.at[key] is None and key not in elsewhere:
            _note_absence(key, table, found)
    age, sex = found.at["age"], found.at["sex"]
    if age:
        found.age_unit = _unit(table, age, stated.age_unit, _described(description or {}, age), found)
        found.ages = _ages(table, age, found.age_unit, stated.age_codes)
        if not set(elsewhere) >= set(NAMES):
            check_span(f"{table.path}: column {age!r}", found.ages, found.age_unit, private or stated.private)
    if sex:
        try:
            found.sex_codes = read_sex_levels(_described(description or {}, sex).get("Levels"))
        except ValueError as error:
            raise CohortError.single(f"{table.path.with_suffix('.json')}: column {sex!r}: {error}") from error
        if found.sex_codes:
            said = ", ".join(f"{code} = {value or 'unknown'}" for code, value in found.sex_codes.items())
            found.notes.append(f"{table.path.with_suffix('.json').name}: {sex}: {said}")
    return found


def _of(own: Mapping[str, str], *keys: str) -> dict[str, str]:
    return {key: own[key] for key in keys if key in own}


def _is(key: str, name: str) -> bool:
    return is_age(name) if key == "age" else bool(_SEX.fullmatch(plain_name(name)))


def _one_of(key: str, known: list[str], table: TextTable, found: PersonColumns) -> str | None:
    """Return the one column of ``known``; of several that say the same the plainest, with a note of the others."""
    if len(known) < 2:
        return known[0] if known else None
    ordered = sorted(known, key=lambda name: (plain_name(name) not in NAMES[key], known.index(name)))
    if len(set(known)) < len(known) or not _agree(key, ordered, table):
        raise CohortError.single(
            f"{table.path}: the {key} may be in {' or '.join(map(repr, known))}: keep one, or say which with "
            f"--{key}-column"
        )
    others = " and ".join(map(repr, ordered[1:]))
    found.notes.append(f"{table.path.name}: {key} is read from {ordered[0]!r}; the same stands in {others}")
    return ordered[0]


def _agree(key: str, names: Sequence[str], table: TextTable) -> bool:
    """Say whether columns tell the same of everyone: the same words of sex, ages within a year."""
    if key == "sex":
        first, *others = ([str(cell).casefold()[:1] for cell in table.frame[name]] for name in names)
        return all(cells == first for cells in others)
    if any(plain_name(name) in _UNCLEAR for name in names):
        return False
    ages = np.array([_ages(table, name, unit_of_name(name) or "years") for name in names])
    both = ~np.isnan(ages).any(axis=0)
    return bool(both.any() and (np.ptp(ages[:, both], axis=0) < 1).all())


def _ages(table: TextTable, column: str, unit: str, codes: Mapping[str, str] | None = None) -> np.ndarray:
    """Return a column's ages in years (n,), beyond the plausible too; NaN for what is no number, or a code."""
    cells = ["" if age_key(str(cell)) in (codes or {}) else str(cell) for cell in table.frame[column]]
    ages = np.array([age_in_years(cell, table.comma_decimal, unit) for cell in cells])
    return np.where(np.isinf(ages), np.nan, ages)


def _note_absence(key: str, table: TextTable, found: PersonColumns) -> None:
    """Say that nothing is read for ``key``, naming the columns that look like it."""
    if key == "age" and (found.at["bracket"] or table.named(_HIDDEN)):
        return
    names = [str(name) for name in table.frame.columns if plain_name(str(name)) not in _HIDDEN]
    like = [name for name in names if _LIKE[key] & set(_words(name)) and "adj" not in _words(name)]
    line = f"{table.path.name}: no column for the {key}, which is unknown"
    if like:
        more = ", …" if len(like) > _SHOWN else ""
        line += f"; {', '.join(map(repr, like[:_SHOWN]))}{more} may be it: --{key}-column"
    else:
        line += (
            f" (found {', '.join(names[: 2 * _SHOWN])}{', …' if len(names) > 2 * _SHOWN else ''}; --{key}-column)"
        )
    found.notes.append(line)


def _unit(table: TextTable, column: str, stated: str, said: Mapping[str, Any], found: PersonColumns) -> str:
    """Return the unit of a column of ages: the user's word, the description's, the name's, else years."""
    place = f"{table.path}: column {column!r}"
    if stated:
        return stated
    named, words = unit_of_name(column), str(said.get("Units") or "")
    if not is_missing(words):
        described = age_unit(words)
        if not described:
            raise CohortError.single(
                f"{place}: expected Units of {', '.join(UNITS)} in {table.path.with_suffix('.json').name}, found "
                f"{words[:30]!r} (--age-unit says it)"
            )
        if named and named != described and plain_name(column) not in _MONTHS:
            raise CohortError.single(
                f"{place}: its name says {named}, {table.path.with_suffix('.json').name} says {described}: "
                "say which with --age-unit"
            )
        named = described
    elif plain_name(column) in _UNCLEAR:
        raise CohortError.single(
            f"{place}: expected a stated unit, found none: infants' data count this in weeks, others in years "
            "(--age-unit weeks, --age-unit years)"
        )
    unit = named or "years"
    if unit != "years":
        found.notes.append(f"{table.path.name}: {column!r} is in {unit}, read as years")
    elif not named and plain_name(column) not in NAMES["age"]:
        found.notes.append(f"{table.path.name}: age is read from {column!r}, in years")
    return unit


def check_span(place: str, ages: np.ndarray, unit: str, private: bool = False) -> None:
    """Raise :class:`CohortError` where half of all ages are beyond anybody's: another unit, or no age at all.

    ``ages`` (n,) in years, NaN unknown, were read as being in ``unit``; ``place`` names file and column.
    """
    ages = ages[~np.isnan(ages)] / UNITS[unit]
    oldest = OLDEST / UNITS[unit]
    if not len(ages) or np.median(ages) <= oldest:
        return
    seen = "most beyond it"
    if not private:
        would = [
            f"{np.median(ages) * UNITS[other]:.3g} in {other}" for other in UNITS if UNITS[other] < UNITS[unit]
        ]
        seen = f"{ages.min():g} to {ages.max():g}"
        seen += f"; the middle one would be {', '.join(would)}" if would else ""
    raise CohortError.single(
        f"{place}: expected {unit} between 0 and {round(oldest)}, found {seen} "
        "(--age-unit says the unit, --age-column another column)"
    )
