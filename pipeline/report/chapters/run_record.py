"""Provenance: the command, versions, seeds and hashes that repeat a run, and its configuration."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from brainaging.pipeline.report.phrases import capital
from brainaging.pipeline.report.sections import Content, Table

_LONG = 160


def provenance_content(record: Mapping[str, Any]) -> Content:
    """Return the provenance section from provenance.json: facts, versions as a table, the rest as text."""
    facts, tables, blocks = [], [], []
    for name, value in record.items():
        label = capital(str(name).replace("_", " "))
        if name == "versions" and isinstance(value, Mapping):
            rows = [[str(package), str(number)] for package, number in value.items()]
            tables.append(Table("Versions", ["Package", "Version"], rows))
        elif name == "command":
            facts.append((label, shlex.join(map(str, value)) if isinstance(value, list | tuple) else str(value)))
        elif isinstance(value, Mapping | list):
            blocks.append((label, json.dumps(value, indent=2, ensure_ascii=False)))
        elif isinstance(value, str) and len(value) > _LONG:
            blocks.append((label, value))
        else:
            facts.append((label, _plain(value)))
    return Content(facts=facts, tables=tables, extra={"blocks": blocks})


def _plain(value: Any) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
