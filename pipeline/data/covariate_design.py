"""The design of covariates that brains are ordered by: names, how each enters a network, words as numbers."""

import re
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.data.targets import SEXES
from brainaging.pipeline.runtime import UserError

#: covariates that every cohort may have, and how each enters a design
#: (``networks.conditional.covariate_columns.KINDS``)
COVARIATES = {"age": "number", "sex": "pair", "head_size": "log"}
#: their units, for tables and messages
COVARIATE_UNITS = {"age": "years", "sex": "F or M", "head_size": "mL"}
#: a term: a name, and the words of one that has words, ``site[KKI|NYU]``
_TERM = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([^\[\]]*)\])?")
_EXAMPLE = "age + sex + head_size + education + site[KKI|NYU]"


@dataclass(frozen=True)
class CovariateTerm:
    """One covariate of a design.

    Attributes:
        name: of its column.
        words: that it may be, in the order of their numbers; none where it is a number.
    """

    name: str
    words: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """How it enters a network: ``number``, ``log``, ``pair`` or ``words:3``."""
        return COVARIATES.get(self.name) or (f"words:{len(self.words)}" if self.words else "number")

    @property
    def unit(self) -> str:
        """Its unit with a space before it, "" where none is known."""
        unit = COVARIATE_UNITS.get(self.name, "")
        return f" {unit}" if unit else ""

    def number(self, text: str) -> float:
        """Return what a cell says as a number, NaN of an empty one.

        Raises:
            UserError: no number, or another word.
        """
        text = text.strip()
        if not text:
            return float("nan")
        if self.words:
            if text not in self.words:
                raise UserError(f"{self.name}: expected {' or '.join(self.words)}, found {text!r}")
            return float(self.words.index(text))
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        fits = np.isfinite(number) and (number > 0 or self.name not in COVARIATES)
        if not fits:
            of, above = (f" of{self.unit}", " above 0") if self.unit else ("", "")
            raise UserError(f"{self.name}: expected a number{of}{above}, found {text!r}")
        return number

    def text(self, number: float) -> str:
        """Return a number as a cell says it, "" of NaN."""
        if not np.isfinite(number):
            return ""
        return self.words[round(number)] if self.words else f"{number:.7g}"


def covariate_terms(design: str) -> list[CovariateTerm]:
    """Return the covariates of a design, in its order.

    >>> [term.kind for term in covariate_terms("age + sex + education + site[KKI|NYU|UCLA]")]
    ['number', 'pair', 'number', 'words:3']

    Raises:
        UserError: none, one twice, words that are none, or something that is no name.
    """
    terms = [_term(part.strip(), design) for part in design.split("+")]
    names = [term.name for term in terms]
    if len(set(names)) < len(names):
        raise UserError(f"covariates: expected each once, found {design!r}")
    return terms


def _term(text: str, design: str) -> CovariateTerm:
    found = _TERM.fullmatch(text)
    if found is None:
        raise UserError(f"covariates: expected such as {_EXAMPLE}, found {text or 'nothing'} in {design!r}")
    name, inside = found.groups()
    typed = () if inside is None else tuple(word.strip() for word in inside.split("|"))
    words = SEXES if name == "sex" else typed
    few = inside is not None and (name in COVARIATES or len(words) < 2 or len(set(words)) < len(words))
    if few or not all(words):
        raise UserError(f"covariates: expected two words or more, each once, as in {_EXAMPLE}, found {text!r}")
    return CovariateTerm(name, tuple(words))


def covariate_names(design: str) -> list[str]:
    """Return the names of a design's covariates, in its order; raises as :func:`covariate_terms`.

    >>> covariate_names("age + sex + site[KKI|NYU]")
    ['age', 'sex', 'site']
    """
    return [term.name for term in covariate_terms(design)]


def covariate_kinds(design: str) -> list[str]:
    """Return how each covariate of a design enters a network; raises as :func:`covariate_terms`."""
    return [term.kind for term in covariate_terms(design)]
