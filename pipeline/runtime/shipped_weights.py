"""Weights that ship inside a bundle's folder: what its metadata says of them, and whether the file is that one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainaging.pipeline.runtime.errors import UserError
from brainaging.pipeline.runtime.provenance import file_sha256

#: the entry of a bundle's metadata that describes its weights
ENTRY = "weights"


@dataclass(frozen=True)
class ShippedWeights:
    """What a bundle's metadata say of the weights in its folder.

    Attributes:
        path: of the file.
        sha256: of its bytes, hexadecimal.
        grid: name of the grid that they were trained on, "" for those of tables.
        licence: of the weights and of what they were trained on.
    """

    path: Path
    sha256: str
    grid: str
    licence: str


def shipped_weights(bundle: Path) -> ShippedWeights | None:
    """Return what the metadata in a bundle's folder say of its weights; None where they say nothing.

    Raises:
        UserError: the metadata are no JSON object, or their entry lacks something.
    """
    path = bundle / "configs" / "metadata.json"
    entry = bundle_metadata(bundle).get(ENTRY)
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise UserError(f"{path}: expected a description of the weights under {ENTRY!r}, found another value")
    words = {name: entry.get(name) for name in ("file", "sha256", "grid", "licence")}
    for name, value in words.items():
        if not isinstance(value, str):
            raise UserError(f"{path}: expected a text as {name!r} of {ENTRY!r}, found {value!r}")
    return ShippedWeights(
        bundle / str(words["file"]), str(words["sha256"]), str(words["grid"]), str(words["licence"])
    )


def bundle_metadata(bundle: Path) -> dict[str, Any]:
    """Return the metadata of a bundle.

    Raises:
        UserError: they are missing, or no JSON object.
    """
    path = bundle / "configs" / "metadata.json"
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: expected a bundle's metadata, found: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path}: expected a bundle's metadata in JSON, found something else") from error
    if not isinstance(metadata, dict):
        raise UserError(f"{path}: expected a bundle's metadata, a JSON object, found another value")
    return metadata


def check_shipped(path: Path) -> None:
    """Compare a file of weights with the metadata of the bundle that it lies in, where they speak of it.

    Raises:
        UserError: it is not the file that the metadata describe: damaged, or exchanged; or as
            :func:`shipped_weights`.
    """
    said = _said_of(path)
    if said is None:
        return
    found = file_sha256(path)
    if found != said.sha256:
        raise UserError(
            f"{path}: expected the weights that the bundle's metadata describe (SHA-256 {said.sha256[:12]}…), "
            f"found others ({found[:12]}…): cut short or exchanged; install the package again, or name others"
        )


def is_shipped(path: Path) -> bool:
    """Say whether a bundle's metadata speak of this file of weights."""
    return _said_of(path) is not None


def _said_of(path: Path) -> ShippedWeights | None:
    bundle = path.absolute().parent.parent
    if not (bundle / "configs" / "metadata.json").is_file():
        return None
    said = shipped_weights(bundle)
    return said if said is not None and said.path == path.absolute() else None
