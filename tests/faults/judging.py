"""A case of the campaign, and what is said of how it ended."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forks import Done
from material import Material

#: what may be expected of a case before it is run
EXPECTED = ("refused", "same", "either", "warned")
GOOD = ("right", "refused")
VERDICTS = (
    *GOOD,
    "wrong in silence",
    "false alarm",
    "unclear message",
    "traceback",
    "half-written",
    "lost work",
    "leak",
    "hung",
    "not tried",
)
#: what a library says, and no person should have to read
QUOTED = re.compile(
    r"weights_only|torch\.load|\[Errno|codec can't|not a gzip|has no attribute|invalid literal|could not convert"
    r"|unexpected keyword|positional argument|size mismatch|Magic|must be a tuple|w2 should|NoneType|Unpickl"
    r"|\b[A-Z]\w+(Error|Exception)\b|work out file type|dtype\(|instantiat|unsupported operand|not iterable"
    r"|not subscriptable"
    r"|expected scalar type|\bobject at 0x",
    re.IGNORECASE,
)
#: words of a message that says what was expected, found, or is to be done
SAYS = re.compile(
    r"expected|found|missing|no such|not |cannot|unknown|duplicate|empty|holds|needs?\b|give|choose|gone|differ"
    r"|changed|too (few|many|long|large)|twice|several|another|refused|\bno \w+|space left|keep one|the header has"
    r"|state what|must be|none of|nobody",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Case:
    """One broken input.

    Attributes:
        kind: heading of the table of counts.
        name: unique.
        expects: "refused" (exit 3, one line that names file, expected and found), "same" (as the clean original
            gives), "either", or "warned" (exit 0 and a warning with ``says``, or refused).
        make: writes the broken input into a folder of the case's own.
        commands: words of the program, one command after the other until one fails.
        compare: what of the result differs from the clean original's, "" for nothing; None: nothing to compare,
            so that whatever ends well is right.
        says: what a refusal's, or a warning's, text must hold: names of the file, column or option.
        products: what must not be there after a refusal.
        surroundings: for forks.Forks.run.
        alone: the program is started as a shell would.
        around: a fault that has its own course; gets the program's runner, the folder and returns verdict, detail.
    """

    kind: str
    name: str
    expects: str
    make: Callable[[Path, Material], None]
    commands: Sequence[Sequence[str]] = ()
    compare: Callable[[Path, Material], str] | None = None
    says: Sequence[str] = ()
    products: Sequence[str] = ()
    surroundings: dict[str, Any] | None = None
    alone: bool = False
    around: Callable[..., tuple[str, str]] | None = None


@dataclass(frozen=True)
class Judged:
    """A case's verdict, with a line that says why."""

    kind: str
    name: str
    expected: str
    verdict: str
    detail: str
    seconds: float


def judge(case: Case, folder: Path, material: Material, runs: Sequence[Done]) -> tuple[str, str]:
    """Return the verdict on a case whose commands were run, and a line that says why."""
    last = runs[-1]
    said = last.stderr + last.stdout
    if any("Traceback (most recent call last)" in run.said for run in runs) or last.code in (1, -11, -6):
        return "traceback", _last_line(said)
    if last.code < 0:
        return "hung", f"killed after {last.seconds:.0f} s"
    if rest := [path for path in folder.rglob(".tmp-*") if path.is_file()]:
        return "half-written", f"left behind: {rest[0].relative_to(folder)}"
    if last.code in (2, 3):
        return _judge_refusal(case, folder, last)
    if last.code:
        return "traceback", f"exit code {last.code}: {_last_line(said)}"
    difference = "" if case.compare is None else case.compare(folder, material)
    if case.compare is not None and not difference:
        return "right", ""
    if case.expects == "warned":
        everything = " ".join(run.said for run in runs)
        told = [word for word in case.says if word in everything]
        return (
            ("right", f"warned: {', '.join(told)}") if told else ("wrong in silence", difference or "no warning")
        )
    if difference:
        return "wrong in silence", difference
    if case.expects == "refused":
        return "wrong in silence", "taken as if it were in order"
    return "right", ""


def _judge_refusal(case: Case, folder: Path, last: Done) -> tuple[str, str]:
    lines = last.stderr.splitlines()
    begins = [number for number, line in enumerate(lines) if line.startswith("error:")]
    if last.code == 2:  # typed wrongly: typer's own box
        return (
            ("refused", _last_line(last.stderr)) if case.expects != "same" else ("false alarm", last.stderr[-200:])
        )
    if len(begins) != 1:
        return "unclear message", f"{len(begins)} lines of error: {_last_line(last.stderr)}"
    message = "\n".join(lines[begins[0] :]).replace(str(folder), "…")
    shown = " ".join(message.split())[:400]
    if case.expects == "same":
        return "false alarm", shown
    if there := [name for name in case.products if (folder / name).exists()]:
        return "half-written", f"refused, but {', '.join(there)} is there: {shown}"
    if quoted := QUOTED.search(message):
        return "unclear message", f"quotes a library ({quoted.group()}): {shown}"
    if case.expects != "warned" and (
        missing := [word for word in case.says if word.casefold() not in message.casefold()]
    ):
        return "unclear message", f"does not name {', '.join(missing)}: {shown}"
    if not SAYS.search(message):
        return "unclear message", f"says neither what was expected nor found: {shown}"
    if len(lines[begins[0]]) > 700:
        return "unclear message", f"a line of {len(lines[begins[0]])} characters: {shown}"
    return "refused", shown


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "said nothing"
