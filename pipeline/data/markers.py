"""The marker of a prepared folder: the JSON file that says what is in it, written last."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import UserError


def read_marker(path: Path, form: str, absent: str, entries: Mapping[str, type] | None = None) -> dict[str, Any]:
    """Return a marker's content.

    Args:
        path: of the marker.
        form: its format's name and version, as its entry ``format`` says it.
        absent: the message where there is no such file.
        entries: what else must stand in it, and as what.

    Raises:
        UserError: no such file, no JSON, another format, or an entry that lacks or is something else.
    """
    if not path.is_file():
        raise UserError(absent)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: expected JSON, found something else or half a file: prepare again") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a JSON object of format {form!r}, found another value: prepare again")
    if content.get("format") != form:
        raise UserError(f"{path}: expected format {form!r}, found {content.get('format')!r}: prepare again")
    for name, kind in (entries or {}).items():
        if not isinstance(content.get(name), kind):
            raise UserError(f"{path}: expected an entry {name!r}, found none that can be used: prepare again")
    return content
