"""Values that a user puts in place of a config's own: held against what stands there, before anything is built."""

import math
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser

from brainaging.pipeline.runtime import UserError

#: letters of a value that a message shows
SHOWN = 100
#: what a value begins with that MONAI evaluates or looks up
_EVALUATED = ("$", "@", "%")


def is_evaluated(text: str) -> bool:
    """Say whether MONAI would evaluate a text, or look it up, in place of taking it as it is."""
    return text.startswith(_EVALUATED)


def is_plain(value: object) -> bool:
    """Say whether MONAI runs nothing of a value: a number, a word that it takes for a word, or a list of them."""
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, str):
        return not is_evaluated(value)
    return value is None or isinstance(value, bool | int | float)


def place_value(path: Path) -> str:
    """Return a path as a config's value: with ``./`` before a name that MONAI would evaluate (``$x``, ``@x``)."""
    return f"./{path}" if is_evaluated(str(path)) else str(path)


def override(parser: ConfigParser, values: dict[str, Any], config: str) -> None:
    """Set config values by id.

    Args:
        parser: the config, read and not yet parsed.
        values: by id; nested ids as ``train#trainer#max_epochs``.
        config: the config's name, for messages.

    Raises:
        UserError: as :func:`check_value`.
    """
    for name, value in values.items():
        check_value(parser, name, value, config)
        parser[name] = value


def check_value(parser: ConfigParser, name: str, value: Any, config: str) -> None:
    """Refuse a value that cannot stand where the config's own stands.

    Raises:
        UserError: no value has this id, which MONAI would add and never read; or the value is of another kind than
            the config's own: no number, no whole number, negative, no True or False, no text, no device.
    """
    if name not in parser:
        top: Any = parser.get()
        names = sorted(key for key in map(str, top) if not key.startswith("_"))
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise UserError(f"{config}: no value is called {name!r}; {hint}")
    if isinstance(value, str) and is_evaluated(value):
        return
    default = parser[name]
    if name == "device":
        check_device(value, f"{config}: device")
    elif expected := _unlike(value, default):
        raise UserError(f"{config}: {name} must be {expected}, got {repr(value)[:SHOWN]}")


def _unlike(value: Any, default: Any) -> str:
    """Return what a value should be in place of ``default``, "" where it is that."""
    truth = isinstance(value, bool)
    if isinstance(default, bool):
        return "" if truth else "True or False (with a capital letter)"
    if isinstance(default, int | float):
        finite = isinstance(value, int | float) and not truth and math.isfinite(value)
        if not finite or value < 0:
            return "a number of at least 0"
        if isinstance(default, int):
            least = min(default, 1)
            return "" if isinstance(value, int) and value >= least else f"a whole number of at least {least}"
        return ""
    if isinstance(default, dict | list) and isinstance(value, str | int | float):
        return "a list" if isinstance(default, list) else "left as it is: it is a part of the program"
    is_text = isinstance(default, str) and (default[:1] not in _EVALUATED or "bundle_root" in default)
    return "a text" if is_text and not (isinstance(value, str) and value) else ""


def check_device(value: Any, what: str = "device") -> None:
    """Refuse a device that this machine does not have.

    Raises:
        UserError: it is none that torch can compute on here; the message lists those that are.
    """
    try:
        device = torch.device(value)
        if device.type == "meta":
            raise ValueError("it holds no numbers")
        torch.zeros(1, device=device)
    except Exception as error:  # what a backend that is not there raises is anyone's guess
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        here = ["cpu", *(f"cuda:{number}" for number in range(count))]
        lacks = "" if count else " (torch finds no GPU here)"
        raise UserError(f"{what}: expected {' or '.join(here)}, found {str(value)!r}{lacks}") from error
