"""The marker of a prepared folder: the JSON file that says what is in it, written last."""

import json
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import UserError


def read_marker(path: Path, form: str, absent: str) -> dict[str, Any]:
    """Return a marker's content.

    Args:
        path: of the marker.
        form: its format's name and version, as its entry ``format`` says it.
        absent: the message where there is no such file.

    Raises:
        UserError: no such file, no JSON, or another format.
    """
    if not path.is_file():
        raise UserError(absent)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: expected JSON, found something else ({error}): prepare again") from error
    if content.get("format") != form:
        raise UserError(f"{path}: expected format {form!r}, found {content.get('format')!r}")
    return dict(content)
