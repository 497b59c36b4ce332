"""Who an id is of: which person, which visit, and which ids of two tables are one person's.

Three degrees of certainty:

- *surely a visit*: BIDS's entities (``sub-01_ses-2_run-1``), FreeSurfer's longitudinal streams
  (``X_ses-1.long.X``), HCP's (``HCA6002236_V1_MR``). It is split off: the person stays, the visit is the session.
- *surely the same person*, where one table is matched with another and exactly one id of each side answers:
  ``sub-01``, ``01`` and ``1``; ``147212.0`` and ``147212``; ``A1`` and ``a1``.
- *looks like one person*, in one cohort: the spellings above side by side, and ids that differ by a word for a
  visit or a small number (``X`` and ``X-v2``, ``7_1`` and ``7_2``). Nothing is merged; splits keep them together,
  since to part two scans of one person is the worse mistake, and the user is told.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONG = ".long."
#: words after an id that say which visit; a number may follow
_WORDS = (
    "ses|sess|session|visit|vis|timepoint|time|tp|wave|scan|rescan|test|retest|run|flu|fu|bas|base|bl|month|mo|year|yr|"
    "week|wk|day|repeat|mri?|long|screening|sc|pre|post"
)
#: a date, a time since the first visit, a word with what an event is called
_OTHER_WORDS = (
    r"(?:19|20)\d\d(?P<mark>[-_.]?)[01]\d(?P=mark)[0-3]\d|\d+[-_]?(?:m|mo|months?|y|yr|years?|w|wk|weeks?|d|days?)|"
    r"(?:baseline|follow[-_]?up)\w*"
)
_SURE = re.compile(
    r"(?P<person>.+?)[_-](?P<visit>"
    r"(?:ses|session)-?[A-Za-z0-9]*\d[A-Za-z0-9]*(?:_[a-z]+-[A-Za-z0-9]+)*"
    r"|ses-[A-Za-z]+(?:_[a-z]+-[A-Za-z0-9]+)*"
    r"|(?:acq|rec|run|echo|part)-[A-Za-z0-9]+(?:_[a-z]+-[A-Za-z0-9]+)*)",
    re.IGNORECASE,
)
_HCP = re.compile(r"(?P<person>(?:HC[A-Z])?\d{6,7})(?:_(?P<visit>V\d+))?(?:_MR)?")
_ENTITY = re.compile(r"(?:acq|rec|run|echo|part|ce|dir)-")
_BASE = re.compile(r"[-_.](?:base|template|tmpl|long|avg)$", re.IGNORECASE)
_PREFIX = re.compile(r"(?:sub-|sub(?:j|ject)?[-_ ]?(?=\d))")
_LOOKS_WORD = re.compile(rf"(?P<stem>.+?)[-_. ](?:(?:{_WORDS})[-_]?\d*|{_OTHER_WORDS})")
#: a letter and a number, one digit, UK Biobank's instances, one of a few letters
_LOOKS_WEAK = re.compile(
    r"(?P<instances>\d{6,8})_\d_\d|(?P<stem>.+?)[-_. ](?:[vtmywdsr]\d{1,4}|0?\d)|(?P<lettered>.*\d)[-_. ]?[a-d]"
)
_COUNTED = re.compile(r"(?P<stem>.+?)[-_. ]\d*[1-9]\d")
#: a stem that gathers more ids than this by a letter or a bare number is a site or a group, and no person
_MOST_VISITS = 9
_SHOWN = 4


@dataclass(frozen=True)
class ScanId:
    """An id taken apart: the person as written, the session ("" none), and, of a ``.long.`` stream, its base."""

    person: str
    session: str = ""
    base: str = ""


def split_id(text: str) -> ScanId:
    """Return the person and what is surely a visit in an id: ``sub-01_ses-2`` is ``sub-01`` and ``ses-2``.

    ``T.long.BASE`` is the time point T of the person whom T names, or else BASE (without ``_base``).
    """
    text = text.strip()
    if LONG in text:
        point, _, base = text.partition(LONG)
        inner = split_id(point)
        if inner.session:
            return ScanId(inner.person, inner.session, base)
        person = _BASE.sub("", base)
        rest = point.removeprefix(person).strip("-_. ") if point != person else ""
        return ScanId(person, rest, base)
    found = _SURE.fullmatch(text) or _HCP.fullmatch(text)
    if found is None or found["person"] == "sub":
        return ScanId(text)
    return ScanId(found["person"], found["visit"] or "")


def join_sessions(own: str, stated: str) -> str:
    """Return one session of what an id says and what a column states; alike, or either alone, it is that one."""
    if not own or not stated or session_key(own) == session_key(stated):
        return stated or own
    return f"{own}_{stated}"


def canonical(person: str) -> str:
    """Return a person's id as it is compared.

    No ``sub-``, case, leading zeros or ``.0`` of a spreadsheet; ``-``, ``_`` and a blank are one, and so are
    Unicode's forms of one letter.
    """
    return _unpadded(_plain(person))


def _plain(person: str) -> str:
    whole = unicodedata.normalize("NFKC", person.strip()).casefold()
    text = _PREFIX.sub("", whole, count=1) or whole
    if re.fullmatch(r"\d+\.0+|\d(?:\.\d+)?e\+?\d+", text) and float(text).is_integer():
        text = str(int(float(text)))
    return text.replace("-", "_").replace(" ", "_")


def _unpadded(text: str) -> str:
    return re.sub(r"(?<![\d.])0+(?=\d)", "", text)


def session_key(session: str) -> str:
    """Return a session as it is compared: ``ses-02``, ``02``, ``2`` and ``session2`` are one."""
    text = re.sub(r"^ses(?:sion)?[-_]?(?=.)", "", session.strip().casefold())
    text = re.sub(r"^(\d+)\.0+$", r"\1", text)
    first, *entities = text.split("_")
    if all(re.fullmatch(r"[a-z]+-[a-z0-9]+", part) for part in entities):
        text = "_".join([first if _ENTITY.match(first) else _letters(first), *entities])
    else:
        text = _letters(text)
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def with_session(subject: str, session: str) -> str:
    """Return a row's id with the session that another column states, in BIDS's spelling: ``X_ses-2``."""
    label = _letters(session_key(session))
    return subject if not label or split_id(subject).session else f"{subject.strip()}_ses-{label}"


def visit_of(session: str) -> str:
    """Return the visit in a session, compared as :func:`session_key`: several runs are of one visit."""
    key = session_key(session)
    first = key.partition("_")[0]
    return "" if _ENTITY.match(first) else first


def person_labels(subjects: Sequence[str], distinct: bool = False) -> list[str]:
    """Return for each id a label that ids of one person share, and ids that look like one person's.

    With ``distinct`` ids that only look alike are different people; what is surely a visit is still one.
    """
    people = {name: split_id(name).person for name in set(subjects)}
    if distinct:
        return [people[name] for name in subjects]
    plain = {name: _plain(person) for name, person in people.items()}
    stems = {key: _stem(key) for key in set(plain.values())}
    ids = {_unpadded(key) for key in stems}
    crowds = Counter(stem for stem, is_weak in stems.values() if is_weak)
    # numbers that count people and not visits
    crowds.update({_unpadded(found["stem"]): _MOST_VISITS for key in stems if (found := _COUNTED.fullmatch(key))})
    label = {}
    for key, (stem, is_weak) in stems.items():
        # "site_1" and "m12" would gather strangers: a stem is a person's if it has a number, or stands as an id
        is_person = any(letter.isdigit() for letter in stem) or stem in ids
        label[key] = stem if is_person and not (is_weak and crowds[stem] > _MOST_VISITS) else _unpadded(key)
    return [label[plain[name]] for name in subjects]


def look_alikes(subjects: Sequence[str]) -> list[list[str]]:
    """Return the sets of ids, each sorted, that are written as different people and look like one."""
    together: dict[str, set[str]] = defaultdict(set)
    for name, label in zip(subjects, person_labels(subjects), strict=True):
        together[label].add(split_id(name).person)
    return sorted(sorted(names) for names in together.values() if len(names) > 1)


def visit_notes(subjects: Sequence[str]) -> list[str]:
    """Return a line for the user where ids say a visit, which is the session."""
    said = [name for name in subjects if split_id(name).session]
    first = f"{said[0]} is {split_id(said[0]).person} at {split_id(said[0]).session}" if said else ""
    return [f"{len(said)} ids name a visit, which is the session ({first})"] if said else []


def alike_notes(subjects: Sequence[str]) -> list[str]:
    """Return a line for the user where ids look like one person's, with what to do if they are, and if not."""
    sets = look_alikes(subjects)
    if not sets:
        return []
    shown = "; ".join(", ".join(names[:_SHOWN]) for names in sets[:_SHOWN]) + ("; …" if len(sets) > _SHOWN else "")
    return [
        f"{len(sets)} sets of ids look like one person each ({shown}): splits keep them together. If they are, "
        "give them one id and a session column; if not, --distinct-ids"
    ]


def _stem(key: str) -> tuple[str, bool]:
    """Return a plain id, unpadded, without what looks like a visit; and whether a letter or a number was all."""
    while found := _LOOKS_WORD.fullmatch(key):
        key = found["stem"]
    if found := _LOOKS_WEAK.fullmatch(key):
        return _unpadded(found["instances"] or found["lettered"] or found["stem"]), True
    return _unpadded(key), False


@dataclass(frozen=True)
class Streams:
    """FreeSurfer's ids of one folder or table: which are scans of a time point, and which are set aside.

    Attributes:
        kept: ids, in order, one a person and session.
        bases: templates of longitudinal streams, which are no scan of a time point.
        cross_sectional: ids of time points that stand beside their own ``.long.`` stream.
    """

    kept: list[str]
    bases: list[str]
    cross_sectional: list[str]

    def notes(self, place: str) -> list[str]:
        """Return lines for the user: which stream was taken, and what was set aside."""
        out = []
        if self.cross_sectional:
            out.append(
                f"{place}: {len(self.cross_sectional)} time points stand in two streams: .long. is taken, the "
                f"cross-sectional one is left out (first {self.cross_sectional[0]})"
            )
        if self.bases:
            out.append(
                f"{place}: {len(self.bases)} base templates of longitudinal streams are no scans of a time point: "
                f"left out (first {self.bases[0]})"
            )
        return out


def streams(ids: Sequence[str], bases: Iterable[str] = ()) -> Streams:
    """Take FreeSurfer's ids apart: one stream a time point, ``.long.`` where there is one, base templates aside.

    ``bases`` are ids that are known to be templates otherwise; those that a ``.long.`` id names are found here.
    """
    longitudinal = [name for name in ids if LONG in name]
    templates = {*bases, *(name.partition(LONG)[2] for name in longitudinal)}
    points = {name.partition(LONG)[0] for name in longitudinal}
    return Streams(
        [name for name in ids if name not in templates and name not in points],
        [name for name in ids if name in templates],
        [name for name in ids if name in points and name not in templates],
    )
