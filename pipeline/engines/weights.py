"""Checkpoints into networks: what cannot be used is an error of one line that names the file."""

import logging
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainaging.pipeline.engines.config_values import is_plain
from brainaging.pipeline.runtime import UserError, atomic_output
from brainaging.pipeline.runtime.shipped_weights import check_shipped, is_shipped
from brainaging.transforms.checks.scan_file import foreign

log = logging.getLogger(__name__)
#: what a checkpoint is for, for messages
_EXPECTED = "expected weights as `brainaging train` or `directions` writes them"


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Return what ``path`` holds, on the CPU; only tensors and plain values are unpickled.

    Raises:
        UserError: the file is missing, truncated or no checkpoint, its weights are not finite, its settings are
            more than numbers and words, or a bundle's metadata describe another file.
    """
    path = Path(path)
    if not path.exists():
        link = f" (a link to {path.readlink()}, which is not there)" if path.is_symlink() else ""
        raise UserError(f"{path}: no such checkpoint{link}; train first, or name the file")
    if not path.is_file():
        raise UserError(f"{path}: {_EXPECTED}, found a folder: name the file in it (best.pt, edits.pt)")
    try:
        found = _found(path)
    except OSError as error:
        raise UserError(f"{path}: expected a file that can be read, found: {error.strerror}") from error
    check_shipped(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what bytes that are no checkpoint make an unpickler raise is anyone's guess
        raise UserError(f"{path}: {_EXPECTED}, found {found}") from error
    if not isinstance(state, dict) or not isinstance(state.get("model"), dict):
        raise UserError(f"{path}: this checkpoint holds no weights: expected an entry 'model'")
    if not isinstance(state.get("settings", {}), dict):
        raise UserError(f"{path}: expected the sizes of a network under 'settings', found something else")
    for name, value in state.get("settings", {}).items():
        # they are put into a config, which MONAI would run
        if not (isinstance(name, str) and name.isidentifier() and is_plain(value)):
            raise UserError(
                f"{path}: expected numbers and words under 'settings', found code in {name!r}: refused"
            )
    for name, tensor in _tensors(state["model"]):
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise UserError(f"{path}: expected finite weights, found NaN or infinity in {name}: train anew")
    return state


def write_checkpoint(path: str | Path, state: Mapping[str, Any]) -> None:
    """Write what ``torch.load`` reads back, whole or not at all.

    Raises:
        OSError: the disk is full, or the place cannot be written; it names ``path``.
    """
    # into memory first: torch's own writer says of a full disk that a position was unexpected
    buffer = BytesIO()
    torch.save(state, buffer)
    with atomic_output(path) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def _tensors(value: Any, name: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the tensors of nested dictionaries by their names."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _tensors(child, f"{name}.{key}" if name else str(key))


def _found(path: Path) -> str:
    """Return what a file is that torch could not load, and what to do."""
    size = path.stat().st_size
    if size == 0:
        return "an empty file"
    with path.open("rb") as raw:
        head = raw.read(512)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/data.pkl") for name in archive.namelist()):
                return "Python objects that only running the file's own code could load: refused"
        return "a zip archive that is no checkpoint"
    if head.startswith(b"PK\x03\x04"):
        return f"one that is cut short, or damaged ({size:,} bytes): copy or train it again"
    # the first bytes of a pickle of protocol 2 to 5
    if head[:1] == b"\x80" and 2 <= head[1] <= 5:
        return "a pickle, which loading would run code of: refused"
    return foreign(head) or "something else"


def known_columns(path: str | Path) -> list[str]:
    """Return the columns of the table that a checkpoint's network was trained on.

    Raises:
        UserError: as :func:`read_checkpoint`, or the network knows no columns: it was trained on scans.
    """
    state = read_checkpoint(path)["model"].get("_extra_state", {})
    if not isinstance(state, dict) or "columns" not in state:
        raise UserError(f"{path}: these weights were not trained on a table, and know no columns")
    return [str(name) for name in state["columns"]]


def load_weights(network: nn.Module, path: str | Path) -> None:
    """Load a checkpoint's ``model`` into ``network``.

    Raises:
        UserError: as :func:`read_checkpoint`, or the weights are another grid's or another size's.
    """
    fit(network, read_checkpoint(path)["model"], path)


def fit(thing: Any, state: Any, path: str | Path) -> None:
    """Call ``thing.load_state_dict(state)``; a UserError names ``path`` where it does not fit."""
    try:
        thing.load_state_dict(state)
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        # of another grid's weights the network itself says so, before any shape is compared
        reason = (_difference(thing, state) if isinstance(error, RuntimeError) else "") or first_reason(error)
        raise UserError(f"{path}: these weights cannot be used here: {reason}") from error
    # what ships was measured as it is, rounded
    if (rounded := _rounded_type(thing, state)) and not is_shipped(Path(path)):
        log.warning(
            "%s: weights in %s: results differ by their rounding from the trained network's", path, rounded
        )


def _rounded_type(thing: Any, state: Any) -> str:
    """Return the type of a network's weights that are less exact than its own, such as float16; "" of none."""
    if not isinstance(thing, nn.Module) or not isinstance(state, Mapping):
        return ""
    own = thing.state_dict()
    for name, value in state.items():
        pair = [each for each in (value, own.get(name)) if isinstance(each, torch.Tensor)]
        if len(pair) == 2 and all(each.is_floating_point() for each in pair):
            given, wanted = (torch.finfo(each.dtype).eps for each in pair)
            if given > wanted:
                return str(value.dtype).removeprefix("torch.")
    return ""


def _difference(thing: Any, state: Any) -> str:
    """Return the first way in which weights are not those of a network, "" where all names and shapes are."""
    if not isinstance(thing, nn.Module) or not isinstance(state, Mapping):
        return ""
    own = {name: value for name, value in thing.state_dict().items() if isinstance(value, torch.Tensor)}
    given = {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}
    for name, value in own.items():
        if name in given and given[name].shape != value.shape:
            return f"{name}: expected {_shape(value)}, found {_shape(given[name])}"
    missing, more = own.keys() - given.keys(), given.keys() - own.keys()
    if missing or more:
        first = min(missing or more)
        return f"expected another network's ({first} is {'missing' if missing else 'unknown to this one'})"
    return ""


def _shape(tensor: torch.Tensor) -> str:
    return " × ".join(str(n) for n in tensor.shape) or "one number"


def first_reason(error: BaseException) -> str:
    """Return the first line of an error that says something: torch's own first line is a heading."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[1] if lines[0].startswith("Error(s) in loading") and len(lines) > 1 else lines[0]
