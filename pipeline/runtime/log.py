"""A run's log file."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def log_to(path: str | Path) -> Iterator[logging.Logger]:
    """Append what the package logs inside the block to ``path``, with times; yield the package's logger.

    What reaches the log is read by others: no restricted value of a single subject may be logged.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("brainaging")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield logger
    except BaseException:
        # To the file alone: the terminal gets one line from the command line, or the traceback from Python.
        stop = logger.makeRecord(
            logger.name, logging.ERROR, __file__, 0, "the run stopped here", (), sys.exc_info()
        )
        handler.handle(stop)
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(level)
