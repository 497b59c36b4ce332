"""What ``--vary`` says: a value of a config, between two numbers or among choices."""

import re
from typing import Any

import yaml

from brainaging.pipeline.engines import is_plain
from brainaging.pipeline.experiments.tuning.varied import Varied
from brainaging.pipeline.runtime import UserError

_FORMS = "expected id=low:high, id=low:high:log or id=one,another"
_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")


def parse_varied(text: str) -> Varied:
    """Return what ``--vary`` says.

    Raises:
        UserError: another form, ends that are no numbers or in the wrong order, one choice alone, or a value that
            MONAI would run.

    >>> parse_varied("learning_rate=1e-4:1e-2:log")
    Varied(name='learning_rate', low=0.0001, high=0.01, log=True, choices=())
    >>> parse_varied("latent_size=10:50").is_whole
    True
    >>> parse_varied("flip=true,false").choices
    (True, False)
    """
    name, separator, values = text.partition("=")
    if not separator or not name.strip() or not values:
        raise UserError(f"--vary {text}: {_FORMS}")
    if ":" not in values:
        choices = tuple(_value(part, text) for part in values.split(","))
        if len(choices) < 2:
            raise UserError(f"--vary {text}: {_FORMS}; one value alone varies nothing")
        return Varied(name.strip(), choices=choices)
    low, high, *how = values.split(":")
    ends = [_value(end, text) for end in (low, high)]
    if how not in ([], ["log"]) or not all(isinstance(end, int | float) for end in ends):
        raise UserError(f"--vary {text}: {_FORMS}")
    if any(isinstance(end, bool) for end in ends) or not ends[0] < ends[1]:
        raise UserError(f"--vary {text}: expected a low end below the high one")
    if how and ends[0] <= 0:
        raise UserError(f"--vary {text}: a logarithm is drawn between numbers above 0")
    return Varied(name.strip(), ends[0], ends[1], bool(how))


def _value(text: str, said: str) -> Any:
    """Return a number, word or truth value, as YAML reads it."""
    # YAML takes 1e-3 for a text
    if _EXPONENT.fullmatch(text):
        return float(text)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"--vary {said}: {_FORMS}") from error
    if not is_plain(value) or isinstance(value, list) or value is None:
        raise UserError(f"--vary {said}: expected numbers or words, found {text!r}")
    return value
