"""Checkpoints into networks: what cannot be used is an error of one line that names the file."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from brainaging.pipeline.runtime import UserError


def read_checkpoint(path: str | Path) -> dict[str, Any]:
    """Return what ``path`` holds, on the CPU; only tensors and plain values are unpickled.

    Raises:
        UserError: the file is missing, truncated or no checkpoint.
    """
    if not Path(path).is_file():
        raise UserError(f"{path}: no such checkpoint; train first, or name the file")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what bytes that are no checkpoint make an unpickler raise is anyone's guess
        raise UserError(f"{path}: this is no whole checkpoint ({first_reason(error)})") from error
    if not isinstance(state, dict) or "model" not in state:
        raise UserError(f"{path}: this checkpoint holds no weights: expected an entry 'model'")
    return state


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
        raise UserError(f"{path}: these weights cannot be used here: {first_reason(error)}") from error


def first_reason(error: BaseException) -> str:
    """Return the first line of an error that says something: torch's own first line is a heading."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[1] if lines[0].startswith("Error(s) in loading") and len(lines) > 1 else lines[0]
