"""The report's parts as data: a section holds figures, a figure holds pictures and how to read them."""

from dataclasses import dataclass, field
from typing import Any

from brainaging.pipeline.report.drawing.style import Picture


@dataclass(frozen=True)
class Panel:
    """One picture of a figure under its own heading."""

    heading: str
    picture: Picture


@dataclass(frozen=True)
class Figure:
    """Pictures that are read together, and the caption that says how to read them."""

    title: str
    caption: str
    panels: list[Panel]


@dataclass(frozen=True)
class Table:
    """A small table: its caption, the headings of its columns and its rows; each row's first cell names it."""

    caption: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Content:
    """What a section shows, in this order: facts, figures, what its own template draws from ``extra``, tables."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """A part of the page: ``content``, or where there is none, the sentence ``absent`` that says why.

    ``open`` counts the figures and the tables that stand open, from the first on; the others fold. ``left_out``
    says that the run was not asked for it: one line at the page's end, and no heading.
    """

    id: str
    title: str
    lead: str
    content: Content | None = None
    absent: str = ""
    template: str = ""
    open: tuple[int, int] = (1, 0)
    left_out: bool = False
