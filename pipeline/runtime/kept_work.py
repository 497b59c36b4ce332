"""Kept work is used again where it is the same work, and refused where it is another's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import UserError, write_json


def claim(folder: Path, recipe: Mapping[str, Any]) -> None:
    """Mark ``folder`` as this recipe's.

    Args:
        folder: where weights are kept.
        recipe: everything that decides them, as values that JSON knows.

    Raises:
        UserError: the folder holds work of another recipe; the message names what differs.
    """
    marker = folder / "recipe.json"
    wanted = json.loads(json.dumps(recipe))
    if marker.is_file():
        found = json.loads(marker.read_text(encoding="utf-8"))
        changed = sorted(key for key in wanted if found.get(key) != wanted[key])
        if changed:
            raise UserError(
                f"{folder}: holds weights of another run (another {', '.join(changed)}); "
                "choose another --out, or remove the folder"
            )
    write_json(marker, wanted)
