"""The checks of a bundle, by name: each returns what it saw in a few words, or says why it fails."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from monai.bundle import ConfigWorkflow, ckpt_export, onnx_export, verify_metadata, verify_net_in_out
from torch import nn

from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.cli.bundle_checks.checked_bundle import EPOCHS, CheckedBundle, CheckFailed
from brainaging.pipeline.engines import load_network, run_bundle
from brainaging.pipeline.runtime.shipped_weights import check_shipped, shipped_weights

#: what MONAI Label's and MONAI Deploy's readers look up in inference.json
IDS = (
    *("network_def", "device", "bundle_root", "preprocessing", "postprocessing", "inferer"),
    *("dataset_dir", "output_dir"),
)
#: largest difference of an exported network's outputs from PyTorch's: as it is, and by the
#: number itself where that is larger than 1 (a table's mm³, beside its mm)
CLOSE = 1e-4
#: scans of the global batch that processes share
TOGETHER = 4
#: largest difference of outputs, as above, of the network that two processes train: rounding, which two epochs of
#: an adversarial training make larger
SAME_TRAINING = 1e-3


def metadata(bundle: CheckedBundle) -> str:
    """MONAI's ``verify_metadata``, against the schema that it names."""
    if bundle.schema is None:
        raise CheckFailed("no schema here: name a copy with --schema")
    own = json.loads(bundle.config("metadata").read_text(encoding="utf-8"))
    for entry in ("supported_apps", "required_packages_version"):
        if not isinstance(own.get(entry), dict):
            raise CheckFailed(f"metadata.json: expected {entry}, found none")
    copy = bundle.work / bundle.schema.name  # MONAI writes beside it
    shutil.copy(bundle.schema, copy)
    verify_metadata(meta_file=str(bundle.config("metadata")), filepath=str(copy))
    return ""


def network(bundle: CheckedBundle) -> str:
    """MONAI's ``verify_net_in_out``: shapes and types are as the metadata say."""
    verify_net_in_out(
        net_id="network_def",
        device="cpu",
        meta_file=str(bundle.config("metadata")),
        config_file=str(bundle.config("inference")),
        bundle_root=str(bundle.folder),
    )
    return ""


def ids(bundle: CheckedBundle) -> str:
    """The ids that readers of bundles look for are in inference.json."""
    config = json.loads(bundle.config("inference").read_text(encoding="utf-8"))
    if missing := [name for name in IDS if name not in config]:
        raise CheckFailed(f"inference.json: expected {', '.join(missing)}, found none")
    return ""


def properties(bundle: CheckedBundle) -> str:
    """``ConfigWorkflow`` initialises, and ``check_properties`` misses nothing."""
    for names in (["train"], ["train", "evaluate"], ["inference"]):
        workflow = ConfigWorkflow(
            config_file=[str(bundle.config(name)) for name in names],
            meta_file=str(bundle.config("metadata")),
            logging_file=False,
            workflow_type="infer" if "inference" in names else "train",
            **{**bundle.overrides(names[0]), **_weights_of(bundle, names)},
        )
        workflow.initialize()
        if missing := workflow.check_properties():
            raise CheckFailed(f"{names[-1]}.json: expected {', '.join(map(str, missing))}, found none")
    return ""


def weights(bundle: CheckedBundle) -> str:
    """Weights ship with it, and are those that the metadata describe."""
    shipped = shipped_weights(bundle.folder)
    if shipped is None or not shipped.path.is_file():
        raise CheckFailed("no weights")
    check_shipped(shipped.path)
    return f"{shipped.path.stat().st_size / 1e6:.1f} MB"


def torchscript(bundle: CheckedBundle) -> str:
    """MONAI's ``ckpt_export``, equal to PyTorch."""
    path = bundle.out / "model.ts"
    _export(bundle, ckpt_export, path)
    scripted = torch.jit.load(str(path)).eval()
    return _near(bundle, lambda image: scripted(image))


def onnx(bundle: CheckedBundle) -> str:
    """MONAI's ``onnx_export``, equal to PyTorch under onnxruntime."""
    try:
        import onnxruntime
    except ImportError as error:
        raise CheckFailed("onnxruntime is not installed (pip install onnx onnxruntime onnxscript)") from error
    path = bundle.out / "model.onnx"
    _export(bundle, onnx_export, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (name, *_) = (entry.name for entry in session.get_inputs())
    return _near(bundle, lambda image: torch.from_numpy(session.run(None, {name: image.numpy()})[0]))


def run(bundle: CheckedBundle) -> str:
    """Train, evaluation and inference run by override, on a toy cohort."""
    for name in ("evaluate", "inference"):
        values = bundle.overrides("train" if name == "evaluate" else name)
        run_bundle(bundle.folder, name, **values, ckpt_name=str(bundle.trained))
    return ""


def processes(bundle: CheckedBundle) -> str:
    """Two gloo processes train together what one process trains on the same global batch: the same network.

    Outputs are compared and not weights: a bias before a batch normalisation moves by rounding alone, and changes
    nothing.
    """
    alone, together = (_trained_by(bundle, count) for count in (1, 2))
    image = _image(bundle, alone)
    with torch.no_grad():
        return near(alone(image), together(image), SAME_TRAINING, "the network that one process trains")


CHECKS: dict[str, Callable[[CheckedBundle], str]] = {
    "metadata": metadata,
    "network": network,
    "ids": ids,
    "properties": properties,
    "weights": weights,
    "torchscript": torchscript,
    "onnx": onnx,
    "run": run,
    "processes": processes,
}


def _trained_by(bundle: CheckedBundle, processes: int) -> nn.Module:
    """Return the network that so many processes train on the same global batch, augmentation included."""
    out = bundle.work / f"{bundle.name}_{processes}_processes"
    shutil.rmtree(out, ignore_errors=True)  # what an earlier check left would go on, not begin
    # in fp32: gradients of half a batch round otherwise in bf16 than those of the whole
    sizes = {"bundle_root": str(out), "epochs": EPOCHS, "batch_size": TOGETHER // processes, "precision": "fp32"}
    files = ",".join(f"'{bundle.config(name)}'" for name in ("train", "multi_gpu_train"))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    command += ["-m", "monai.bundle", "run", "--config_file", f"[{files}]"]
    command += [
        word for item in {**bundle.overrides("train"), **sizes}.items() for word in (f"--{item[0]}", str(item[1]))
    ]
    # torchrun gives two processes a thread each, and one process all: components would differ by their signs
    threads = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=threads)
    if done.returncode != 0:
        raise CheckFailed(f"multi_gpu_train: {_last_line(done.stderr)}")
    return load_network(bundle.folder, out / "models" / "last.pt", dataset_dir=str(bundle.dataset_dir))


def _weights_of(bundle: CheckedBundle, names: list[str]) -> dict[str, str]:
    return {} if names == ["train"] else {"ckpt_name": str(bundle.trained)}


def _export(bundle: CheckedBundle, export: Callable[..., Any], path: Path) -> None:
    """Export the network with its weights, as MONAI's command does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    export(
        net_id="network_def",
        filepath=str(path),
        ckpt_file=str(bundle.weights),
        meta_file=str(bundle.config("metadata")),
        config_file=str(bundle.config("inference")),
        key_in_ckpt="model",
        ckpt_name=str(bundle.weights),
        **_columns(bundle),
    )


def _columns(bundle: CheckedBundle) -> dict[str, str]:
    """Return where a network of toy weights finds its grid or columns; weights that ship bring their own."""
    return {} if bundle.weights_ship else {"dataset_dir": str(bundle.dataset_dir)}


def _near(bundle: CheckedBundle, exported: Callable[[torch.Tensor], torch.Tensor]) -> str:
    """Compare with PyTorch on an input as the metadata describe it."""
    own: nn.Module = load_network(bundle.folder, bundle.weights, **_columns(bundle))
    image = _image(bundle, own)
    with torch.no_grad():
        return near(own(image), exported(image))


def _image(bundle: CheckedBundle, network: nn.Module) -> torch.Tensor:
    """Return an input as the metadata describe it; a vector is of the length that the network takes.

    A table's row is a person's: the training people's mean, and as far from it as people are. Numbers from 0 to 1
    lie ten standard deviations away and more, where float32 holds fewer digits of an output than are compared.
    """
    random = torch.Generator().manual_seed(0)
    if isinstance(network, MorphometryAutoencoder):
        return network.mean + network.scale * torch.randn((1, len(network.columns)), generator=random)
    entry = json.loads(bundle.config("metadata").read_text(encoding="utf-8"))["network_data_format"]["inputs"]
    shape, channels = entry["image"]["spatial_shape"], entry["image"]["num_channels"]
    return torch.rand((1, channels if shape else cast(int, network.latent_size), *shape), generator=random)


def near(expected: torch.Tensor, found: torch.Tensor, close: float = CLOSE, what: str = "PyTorch") -> str:
    """Say how far a network's outputs are from those of ``what``; raise :class:`CheckFailed` where too far."""
    apart = float(((expected - found).abs() / expected.abs().clamp(min=1)).max())
    if not apart <= close:
        raise CheckFailed(f"apart from {what} by {apart:.2g}, {close:g} allowed")
    return f"apart by {apart:.0e}"


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
