"""Every bad row and scan at once: how problems are gathered and shown."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from brainaging.pipeline.runtime import UserError

#: letters of an id that a message shows
SHOWN = 100


class CohortError(UserError):
    """Bad rows or scans; ``problems`` holds one line for each of them."""

    def __init__(self, source: str, problems: Iterable[str], advice: str = "") -> None:
        self.source = source
        self.problems = list(problems)
        self.advice = advice
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        head = f"{source}: {count}{f' ({advice})' if advice else ''}"
        super().__init__("\n".join([head, *(f"  {line}" for line in self.problems)]))

    @classmethod
    def single(cls, line: str) -> "CohortError":
        """Return the error of one problem with the source as a whole: its text is ``line`` alone."""
        error = cls("", [line])
        error.args = (line,)
        return error

    def __reduce__(self) -> tuple[type["CohortError"], tuple[str, list[str], str]]:
        return CohortError, (self.source, self.problems, self.advice)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row or scan. ``reason`` never holds a restricted value."""

    subject: str
    where: str
    reason: str

    def __str__(self) -> str:
        shown = self.subject if len(self.subject) <= SHOWN else f"{self.subject[:SHOWN]}…"
        who = f"subject {shown!r}: " if self.subject else ""
        return f"{self.where}: {who}{self.reason}"


@dataclass
class Problems:
    """A list of problems that grows while rows and scans are looked at."""

    entries: list[Problem] = field(default_factory=list)

    def add(self, subject: str, where: str, reason: str) -> None:
        """Keep one problem; line breaks in ``reason`` are folded, so that a problem stays one line."""
        self.entries.append(Problem(subject, where, " ".join(reason.split())))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def subjects(self) -> set[str]:
        """The subjects that have a problem."""
        return {problem.subject for problem in self.entries}

    def table(self) -> pd.DataFrame:
        """Return columns ``subject`` and ``reason``, a row a problem: what ``excluded.csv`` holds."""
        return pd.DataFrame(
            {
                "subject": [p.subject for p in self.entries],
                "reason": [f"{p.where}: {p.reason}" for p in self.entries],
            },
            dtype=object,
        )

    def raise_if_any(self, source: str, advice: str = "") -> None:
        """Raise :class:`CohortError` with a line for each problem, where there is one."""
        if self.entries:
            raise CohortError(source, map(str, self.entries), advice)
