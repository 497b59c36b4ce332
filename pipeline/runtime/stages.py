"""How far a stage of a run is: a bar on a terminal, lines in the log and wherever the bar cannot be shown.

What is shown are counts and a stage's name, and nothing of anybody.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")
Advance = Callable[..., None]
log = logging.getLogger(__name__)
#: seconds between two lines of one stage
EVERY_S = 30.0
#: items from which the rest is estimated: the first alone has waited for processes to start
FEWEST = 2
#: set on records that a terminal shows as a bar, so that it need not show them as lines too
ON_BAR = "on_bar"
#: what is drawn, and how many stages are drawn in it: a terminal has one live display
_drawn: list[Progress] = []


def counted(
    items: Iterable[T], what: str, total: int | None = None, *, announce: bool = True, done: int = 0
) -> Iterator[T]:
    """Yield ``items``, and show how many are done.

    Args:
        items: of a stage.
        what: the stage, as "rendering true counterfactuals".
        total: how many items there are; their ``len`` where it is left out.
        announce: False for a stage of which a line says something only if it takes long, since it comes often.
        done: how many of ``total`` an earlier run has done.
    """
    count = len(items) if total is None else total  # type: ignore[arg-type]
    with counting(what, count, announce=announce, done=done) as advance:
        for item in items:
            yield item
            advance()


@contextmanager
def counting(what: str, total: int, *, announce: bool = True, done: int = 0) -> Iterator[Advance]:
    """Show how much of a stage is done; yield what is called as ``advance(count=1, note="")`` when more is.

    Args:
        what: the stage.
        total: how much there is to do.
        announce: as of :func:`counted`.
        done: of the total, by an earlier run.
    """
    if announce:
        log.info("%s: %s", what, f"{done} of {total} done" if done else total)
    begun = said = time.monotonic()
    first = done
    with _bar(what, total, done) as (move, shown):

        def advance(count: int = 1, note: str = "") -> None:
            nonlocal done, said
            done += count
            move(done, note)
            now = time.monotonic()
            if now - said >= EVERY_S:
                said = now
                rest = ""
                if done - first >= FEWEST and done < total:
                    rest = f", about {duration((now - begun) / (done - first) * (total - done))} left"
                text = f"{what}: {done} of {total}{', ' + note if note else ''}{rest}"
                log.info("%s", text, extra={ON_BAR: shown})

        yield advance
    if said > begun:
        log.info("%s: done in %s", what, duration(time.monotonic() - begun), extra={ON_BAR: shown})


def duration(seconds: float) -> str:
    """Return a time as it is read: seconds, minutes, or hours and minutes.

    >>> duration(8.2), duration(200), duration(9000)
    ('8 s', '3 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def is_drawn() -> bool:
    """Whether a terminal shows a bar now."""
    return bool(_drawn)


@contextmanager
def _bar(what: str, total: int, done: int) -> Iterator[tuple[Callable[[int, str], None], bool]]:
    """Draw a bar below those of the stages around it, and yield what moves it; none where nobody would see it."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield (lambda done, note: None), False
        return
    outermost = not _drawn
    if outermost:
        _drawn.append(
            Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.completed:.0f} of {task.total:.0f}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                console=console,
                transient=True,
                # what a command prints stays where it is sent
                redirect_stdout=False,
            )
        )
        _drawn[0].start()
    progress = _drawn[0]
    task: TaskID = progress.add_task(what, total=total, completed=done, note="")
    try:
        yield (lambda done, note: progress.update(task, completed=done, note=note)), True
    finally:
        progress.remove_task(task)
        if outermost:
            progress.stop()
            _drawn.clear()
