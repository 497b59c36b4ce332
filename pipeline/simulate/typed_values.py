"""Plain data, as YAML has it, into typed dataclasses: what is wrong is refused by its name."""

import dataclasses
import types
import typing
from typing import Any

from brainaging.pipeline.runtime import UserError


def between(low: float, high: float, default: Any = dataclasses.MISSING) -> Any:
    """Return a dataclass's field that holds ``low`` to ``high``, needed where it has no ``default``."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high})


def _value(kind: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin is types.UnionType:
        kinds = [each for each in typing.get_args(kind) if each is not types.NoneType]
        if value is None and len(kinds) < len(typing.get_args(kind)):  # of a part that may be left out
            return None
        return _value(kinds[0] if len(kinds) == 1 else _one_of(kinds, value, where), value, where)
    if dataclasses.is_dataclass(kind):
        return build(kind, value, where)
    if origin is list:
        if not isinstance(value, list):
            raise UserError(f"{where}: expected a list, got {value!r}")
        (inner,) = typing.get_args(kind)
        return [_value(inner, item, f"{where}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise UserError(f"{where}: expected a mapping, got {value!r}")
        return {str(key): _value(typing.get_args(kind)[1], item, f"{where}.{key}") for key, item in value.items()}
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    raise UserError(f"{where}: expected {kind.__name__}, got {value!r}")


def _one_of(kinds: list[Any], data: Any, where: str) -> Any:
    """Return the dataclass that ``data`` describes: by its ``kind``, or that whose keys are most like its own."""
    if not isinstance(data, dict):
        raise UserError(f"{where}: expected a mapping, got {data!r}")
    fields = {each: {item.name: item.default for item in dataclasses.fields(each)} for each in kinds}
    named = {each["kind"]: kind for kind, each in fields.items() if "kind" in each}
    if named and data.get("kind") not in named:
        raise UserError(f"{where}.kind: expected one of {', '.join(map(str, named))}, got {data.get('kind')!r}")
    return named[data["kind"]] if named else min(kinds, key=lambda each: _misfit(each, set(data)))


def _misfit(kind: Any, keys: set[str]) -> int:
    """Return how many of ``keys`` a dataclass does not know, and how many that it needs are not there."""
    needed = {
        item.name
        for item in dataclasses.fields(kind)
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    }
    return len(keys - {item.name for item in dataclasses.fields(kind)}) + len(needed - keys)


def build(kind: Any, data: Any, where: str) -> Any:
    """Return the dataclass ``kind`` that plain ``data`` describes.

    Raises :class:`UserError` for an unknown or missing key, a wrong type or a number out of range, naming it by
    its place below ``where``.
    """
    if not isinstance(data, dict):
        raise UserError(f"{where}: expected a mapping, got {data!r}")
    fields = {item.name: item for item in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    unknown = sorted(map(str, set(data) - set(fields)))
    if unknown:
        raise UserError(f"{where}: unknown key {', '.join(unknown)}; expected {', '.join(fields)}")
    values = {}
    for name, item in fields.items():
        if name not in data:
            if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
                raise UserError(f"{where}: {name} is missing")
            continue
        value = _value(hints[name], data[name], f"{where}.{name}")
        limits: types.MappingProxyType[Any, Any] = item.metadata
        if limits and not limits["low"] <= value <= limits["high"]:
            raise UserError(f"{where}.{name}: expected {limits['low']} to {limits['high']}, got {value}")
        values[name] = value
    return kind(**values)
