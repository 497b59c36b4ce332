"""What ``python -m monai.bundle run`` owes the user of our bundles: a mistake is one line and exit code 3.

MONAI's program adds any misspelt option to the config and never reads it, and shows a user's mistake as its own
"Failed to instantiate component" and a traceback. A config's ``initialize`` begins with :class:`BundleProgram`,
which looks at what was typed before anything is built, and shortens what is shown at the end. In other programs, a
notebook or `brainaging train`, it does nothing: they have their own ways of showing an error.
"""

import inspect
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import monai.bundle
from fire.parser import DefaultParseValue
from monai.bundle import ConfigParser

from brainaging.pipeline.engines.config_values import check_value
from brainaging.pipeline.engines.user_faults import users_fault
from brainaging.pipeline.runtime import EXIT_BAD_INPUT, EXIT_INTERRUPTED

PROGRAM = "monai.bundle"


class BundleProgram:
    """The program that runs a bundle, where that is ``python -m monai.bundle run``."""

    def begin(self) -> bool:
        """Check the typed values and shorten errors; return whether this is MONAI's program.

        Raises:
            UserError: a typed value cannot stand in the config, or no value has its name.
        """
        main = getattr(sys.modules.get("__main__"), "__spec__", None)
        if main is None or not main.name.startswith(PROGRAM):
            return False
        sys.excepthook = show_in_one_line
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_no_repeat)
        check_typed(sys.argv[1:])
        return True


def check_typed(words: Sequence[str]) -> None:
    """Hold the values that are typed behind ``python -m monai.bundle run`` against its config files.

    Raises:
        UserError: as :func:`brainaging.pipeline.engines.config_values.check_value`.
    """
    if not words or words[0] != "run":
        return
    values = typed_values(words[1:])
    if isinstance(kept := values.pop("args_file", None), str):
        values = {**json.loads(Path(kept).read_text(encoding="utf-8")), **values}
    files = values.get("config_file")
    if files is None:
        return
    parser = ConfigParser()
    parser.read_config(files)
    own = inspect.signature(monai.bundle.run).parameters
    name = str(files[-1] if isinstance(files, list | tuple) else files)
    for key, value in values.items():
        if key not in own:
            check_value(parser, key, value, name)


def typed_values(words: Sequence[str]) -> dict[str, Any]:
    """Return the values that options give, read as Fire reads them.

    >>> typed_values(["--epochs", "2", "--learning_rate=1e-3", "--resume", "--train#split", "val"])
    {'epochs': 2, 'learning_rate': 0.001, 'resume': True, 'train#split': 'val'}
    """
    values: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            continue
        name, separator, text = word[2:].partition("=")
        if not separator:
            text = rest.pop(0) if rest and not rest[0].startswith("--") else "True"
        values[name.replace("-", "_")] = DefaultParseValue(text)
    return values


def show_in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show an error that nobody caught, as ``sys.excepthook``: a user's mistake in one line, a bug as Python does.

    Raises:
        SystemExit: 3 after a user's mistake, 130 where the run was interrupted; the interpreter ends with it.
    """
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write("interrupted; run the same command again to go on from what is finished\n")
        raise SystemExit(EXIT_INTERRUPTED)
    fault = users_fault(error)
    if fault is None:
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"error: {fault}\n")
    raise SystemExit(EXIT_BAD_INPUT)


def _is_no_repeat(record: logging.LogRecord) -> bool:
    """Keep out what Ignite logs of an error that is raised anyway."""
    return not (record.levelno >= logging.ERROR and record.name.startswith("ignite"))
