"""Run a MONAI bundle from Python, as ``python -m monai.bundle run`` does from the shell."""

from pathlib import Path
from typing import Any

import torch
from monai.bundle import ConfigParser, ConfigWorkflow
from torch import nn

from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GridMismatchError, ScanError


def run_bundle(bundle: Path, config: str, **overrides: Any) -> ConfigWorkflow:
    """Initialise, run and finalise one of a bundle's configs.

    Args:
        bundle: the bundle's folder.
        config: name of the config without its ending: ``"train"``, ``"evaluate"``, ``"inference"``.
        overrides: values by config id; ``train__trainer__max_epochs=3`` may also be written with ``#`` through
            a dictionary: ``**{"train#trainer#max_epochs": 3}``.

    Returns:
        The workflow, run; its components can be read with ``workflow.parser.get_parsed_content(id)``.

    Raises:
        UserError: the bundle has no such config, or what lies under MONAI's error is the user's to mend
            (as are ScanError and GridMismatchError).
    """
    path = bundle / "configs" / f"{config}.json"
    if not path.is_file():
        known = sorted(p.stem for p in (bundle / "configs").glob("*.json") if p.stem != "metadata")
        raise UserError(f"{path}: no such config in this bundle, which has {', '.join(known) or 'none'}")
    workflow = ConfigWorkflow(
        config_file=str(path),
        meta_file=str(bundle / "configs" / "metadata.json"),
        # Without a file MONAI would look for ./configs/logging.conf; the pipeline sets up its own logging.
        logging_file=False,
        workflow_type="train" if "train" in config else "infer",
        bundle_root=str(bundle),
        **overrides,
    )
    try:
        workflow.initialize()
        workflow.run()
        workflow.finalize()
    except RuntimeError as error:
        raise _users_fault(error) or error from None
    return workflow


def _users_fault(error: BaseException) -> Exception | None:
    """Return the user's mistake that lies under MONAI's "Failed to instantiate …", if one does."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError | ScanError | GridMismatchError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def load_network(bundle: Path, checkpoint: Path, **overrides: Any) -> nn.Module:
    """Build a bundle's network, load a checkpoint into it and set it to evaluation.

    Raises:
        UserError: the checkpoint is missing, is no checkpoint, or was trained for another grid or size.
    """
    parser = ConfigParser()
    parser.read_config(str(bundle / "configs" / "inference.json"))
    parser.update({"bundle_root": str(bundle), **overrides})
    network: nn.Module = parser.get_parsed_content("network_def")
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        network.load_state_dict(state["model"])
    except (OSError, RuntimeError, KeyError, ValueError, EOFError) as error:
        raise UserError(f"{checkpoint}: these weights cannot be used: {str(error).splitlines()[0]}") from error
    return network.eval()
