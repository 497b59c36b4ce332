"""How far a stage is: lines with counts in the log, a bar on a terminal, no control characters elsewhere."""

import io
import logging
from collections.abc import Callable

import pytest
from rich.console import Console

from brainaging.pipeline.runtime import counted, counting, stages


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return what gives the lines so far."""
    caplog.set_level(logging.INFO, stages.log.name)
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Make standard error a terminal, and return what is drawn on it."""
    drawn = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=drawn, force_terminal=True, width=100, _environ={})

    monkeypatch.setattr(stages, "Console", console)
    return drawn


def test_every_item_comes_and_the_stage_is_named_with_its_count(lines):
    assert list(counted([3, 1, 2], "preparing scans")) == [3, 1, 2]
    assert list(counted(iter("ab"), "reading", 2)) == ["a", "b"]
    assert lines() == ["preparing scans: 3", "reading: 2"]


def test_a_long_stage_says_how_much_is_done_and_left(lines, monkeypatch):
    monkeypatch.setattr(stages, "EVERY_S", 0.0)
    clock = iter(range(0, 1000, 50))
    monkeypatch.setattr(stages.time, "monotonic", lambda: float(next(clock)))
    with counting("training", 4, done=1) as advance:
        advance()
        advance(note="loss 0.1")
        advance()
    assert lines() == [
        "training: 1 of 4 done",
        "training: 2 of 4",
        "training: 3 of 4, loss 0.1, about 50 s left",
        "training: 4 of 4",
        "training: done in 3 min",
    ]


def test_a_stage_that_comes_often_says_nothing_unless_it_is_long(lines, monkeypatch):
    list(counted(range(5), "reading scans", announce=False))
    assert lines() == []
    monkeypatch.setattr(stages, "EVERY_S", 0.0)
    list(counted(range(2), "reading scans", announce=False))
    assert [line.split(", about")[0] for line in lines()[:2]] == ["reading scans: 1 of 2", "reading scans: 2 of 2"]


def test_nothing_to_do_is_no_error(lines):
    assert list(counted([], "preparing scans")) == []
    with counting("preparing scans", 3, done=3):
        pass
    assert lines() == ["preparing scans: 0", "preparing scans: 3 of 3 done"]


def test_without_a_terminal_nothing_is_drawn(capsys):
    list(counted(range(3), "preparing scans"))
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "━" not in out + err


def test_a_terminal_gets_bars_one_below_the_other_and_none_stays(terminal, caplog, monkeypatch):
    monkeypatch.setattr(stages, "EVERY_S", 0.0)
    caplog.set_level(logging.INFO, stages.log.name)
    for _ in counted(range(2), "folds"):
        for _ in counted(range(3), "epochs [of a fold]"):
            assert [task.description for task in stages._drawn[0].tasks] == ["folds", "epochs [of a fold]"]
            stages._drawn[0].refresh()
    assert stages._drawn == []
    assert "epochs [of a fold]" in terminal.getvalue()
    assert "of 3" in terminal.getvalue()
    # what the bar shows need not be shown as lines, but for the stage's beginning
    shown = [record.getMessage() for record in caplog.records if not getattr(record, stages.ON_BAR, False)]
    assert shown == ["folds: 2", "epochs [of a fold]: 3", "epochs [of a fold]: 3"]


def test_an_error_takes_the_bar_away_and_goes_on(terminal):
    with pytest.raises(ZeroDivisionError), counting("folds", 2):
        raise ZeroDivisionError
    assert stages._drawn == []
    for _ in counted(range(3), "left early"):
        break
    assert stages._drawn == []


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "0 s"), (89, "89 s"), (100, "2 min"), (6000, "1 h 40 min")])
def test_times_are_said_as_they_are_read(seconds, text):
    assert stages.duration(seconds) == text
