"""A run's log file: run.log in a command's folder, or beside the one file that it writes, named as that is."""

import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import stages
from brainaging.pipeline.runtime.stages import ON_BAR, duration

log = logging.getLogger(__name__)
_STILL = "still"


@contextmanager
def log_to(path: str | Path, *, quote_errors: bool = True) -> Iterator[logging.Logger]:
    """Append what the package logs inside the block to ``path``, with times; yield the package's logger.

    File and folder are made with the first line, so that a run that is refused at once leaves nothing. A stage
    that says nothing itself for 30 to 60 s is said to go on still.

    What reaches the log is read by others: no restricted value of a single subject may be logged. Where an error
    may quote a cell of a restricted table, ``quote_errors`` is False, and the log has its name alone.
    """
    handler = _LateFile(path, encoding="utf-8", delay=True, errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("brainaging")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    begun, over = time.monotonic(), threading.Event()
    threading.Thread(target=_tell_on, args=(handler, over), daemon=True).start()
    try:
        yield logger
        if handler.stream is not None:
            logger.info("done in %s", duration(time.monotonic() - begun))
    except BaseException:
        # To the file alone: the terminal gets one line from the command line, or the traceback from Python.
        if handler.stream is not None:
            error = sys.exc_info()
            name = "" if quote_errors or error[0] is None else f": {error[0].__name__}"
            stop = logger.makeRecord(
                *(logger.name, logging.ERROR, __file__, 0, f"the run stopped here{name}", ()),
                exc_info=error if quote_errors else None,
            )
            handler.handle(stop)
        raise
    finally:
        over.set()
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(level)


def _tell_on(file: "_LateFile", over: threading.Event) -> None:
    """Say that a stage goes on still, where it has said nothing for long, until the run is ``over``."""
    while not over.wait(stages.EVERY_S):
        now = time.monotonic()
        if file.stage and now - file.last >= stages.EVERY_S:
            extra = {_STILL: True, ON_BAR: stages.is_drawn()}
            log.info("still at it after %s: %s", duration(now - file.since), file.stage, extra=extra)


class _LateFile(logging.FileHandler):
    """A log file whose folder is made as it is opened; it knows its last line, and when that came.

    It stops nobody: where the disk takes no more lines, that is said once on the terminal, and the run goes on.
    """

    stage, since, last = "", 0.0, 0.0
    full = False

    def emit(self, record: logging.LogRecord) -> None:
        if not self.full:
            super().emit(record)
        self.last = time.monotonic()
        if not hasattr(record, _STILL):
            self.stage, self.since = record.getMessage(), self.last

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self.full = True
        log.warning("%s: %s: the log ends here, and the run goes on", self.baseFilename, error.strerror)

    def close(self) -> None:
        try:
            super().close()
        except OSError:  # what was left to write has no place
            self.full = True

    def _open(self) -> Any:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()
