"""What of a bundle decides the weights that it trains: its configs, and the code that they name."""

import json
import re
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime import text_sha256


def bundle_recipe(bundle: Path) -> dict[str, Any]:
    """Return a bundle's part in the recipe of :class:`brainaging.pipeline.runtime.KeptWork`.

    Args:
        bundle: the bundle's folder.

    Returns:
        ``bundle`` (its name), ``version`` and ``configs``, the hash of every config but its metadata.
    """
    metadata = json.loads((bundle / "configs" / "metadata.json").read_text(encoding="utf-8"))
    texts = {path.name: text_sha256(path.read_text(encoding="utf-8")) for path in _configs(bundle)}
    return {
        "bundle": bundle.name,
        "version": metadata["version"],
        "configs": text_sha256(json.dumps(texts, sort_keys=True)),
    }


def bundle_code(bundle: Path) -> list[str]:
    """Return the names of this package that a bundle's configs mention, and the engines'."""
    texts = [path.read_text(encoding="utf-8") for path in _configs(bundle)]
    return ["brainaging.pipeline.engines", *sorted({*re.findall(r"brainaging(?:\.\w+)+", "\n".join(texts))})]


def _configs(bundle: Path) -> list[Path]:
    return [path for path in sorted((bundle / "configs").glob("*.json")) if path.name != "metadata.json"]
