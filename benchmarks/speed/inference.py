"""Encode, generate, predict and edit: volumes a second, latency of one, peaks; PyTorch beside ONNX Runtime."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.bundle import onnx_export
from torch import nn

from brainaging.bundles import bundle_path
from brainaging.networks import T1wAutoencoder, T1wGenerator, T1wLatentEncoder, T1wPredictor
from brainaging.pipeline.engines import load_network
from brainaging.pipeline.runtime.shipped_weights import shipped_weights
from brainaging.transforms import get_grid, template_mask
from speed.cells import Run
from speed.fine_edit import edit_on
from speed.tables import Table, verdict
from speed.timing import Contender, apart, by_turns, resident
from speed.volumes import brains

PYTORCH, ONNX = "PyTorch", "ONNX Runtime"
#: what is done, and the bundle whose weights that ship do it
SHIPPED = {
    "encode": "t1w_autoencoder",
    "reconstruct": "t1w_autoencoder",
    "predict sex": "t1w_sex_classifier",
    "predict age": "t1w_age_regressor",
    "invert": "t1w_latent_encoder",
    "generate": "t1w_gan",
}
BATCH = 16
#: of issue 22, seconds
EDIT_BAR = 120.0
#: an open scan, where it is
SCAN = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
SCAN = SCAN / "ds002748" / "sub-01" / "anat" / "sub-01_T1w.nii.gz"


def measured(run: Run) -> list[Table]:
    """Return the tables of networks and of commands, and measure what is not kept."""
    return [_networks(run), _commands(run)]


def _networks(run: Run) -> Table:
    grids = ("",) if run.quick else ("", "t1w_64", "t1w_96")
    kinds = list(SHIPPED)[:2] if run.quick else list(SHIPPED)
    rows = []
    for grid in grids:
        for what in kinds:
            cell = run.kept("inference", f"{what}-{grid or 'shipped'}", partial(_speed, what, grid, run))
            grown = run.kept(
                "inference", f"{what}-{grid or 'shipped'}-peak", partial(_grown, what, grid, run.quick)
            )
            for by, (one, many) in cell["seconds"].items():
                apart_by = cell["apart"] if by == ONNX else None
                rows.append(
                    [
                        what, cell["grid"], by, f"{1 / many:.3g}", f"{1000 * one:.3g}",
                        "" if apart_by is None else f"{apart_by:.0e}", f"{grown:.2f}" if by == PYTORCH else "",
                    ]
                )  # fmt: skip
            if ONNX not in cell["seconds"]:
                rows.append([what, cell["grid"], ONNX, cell["why"], "", "", ""])
    notes = (
        f"Volumes a second in batches of {BATCH} (4 from t1w_96 on; ONNX exports take one at a time), latency of "
        "a batch of one, on the CPU: networks alone, no reading or placing of scans. On t1w_32 the weights that "
        "ship; elsewhere networks of the bundles' sizes with no training, which take the same time. GB: what a "
        "batch makes a process grow by, the network included.",
    )
    columns = ("what", "grid", "by", "volumes a second", "latency, ms", "apart", "grown, GB")
    return Table("Inference of networks", columns, rows, notes)


def _speed(what: str, grid: str, run: Run) -> dict[str, Any]:
    """Return seconds a volume of one and of a batch, by what runs it, and how far the two are apart."""
    network, size = _network(what, grid)
    name = grid or "t1w_32"
    batch = _batch(name, run.quick)
    one, many = (_inputs(what, name, size, count) for count in (1, batch))
    contenders: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {PYTORCH: partial(_pytorch, network)}
    apart_by, why = None, "not measured: no weights to export"
    with tempfile.TemporaryDirectory() as folder:
        if what == "encode":
            why = "the export reconstructs"
        elif not grid:
            try:
                contenders[ONNX] = _onnx(what, Path(folder) / "model.onnx", run.threads)
                apart_by = float((contenders[ONNX](one) - contenders[PYTORCH](one)).abs().max())
            except Exception as error:  # whatever an exporter raises is what a reader wants to know
                contenders.pop(ONNX, None)
                why = f"no export: {type(error).__name__}"
        seconds = {
            by: [
                statistics.median(by_turns({"": Contender(partial(call, batch_of), steps)}, 2 + run.turns)[""])
                for batch_of, steps in ((one, 1), (many, batch))
            ]
            for by, call in contenders.items()
        }
    return {"grid": name, "seconds": seconds, "apart": apart_by, "why": why}


def _grown(what: str, grid: str, quick: bool) -> float:
    return apart(run_once, what, grid, _batch(grid or "t1w_32", quick), quick=quick).grown


def run_once(what: str, grid: str, batch: int) -> int:
    """Make a network and give it one batch, for its peak; return the batch."""
    network, size = _network(what, grid)
    _pytorch(network, _inputs(what, grid or "t1w_32", size, batch))
    return batch


def _batch(grid: str, quick: bool) -> int:
    return 2 if quick else BATCH if get_grid(grid).shape[0] < 96 else 4


def _network(what: str, grid: str) -> tuple[Callable[[torch.Tensor], torch.Tensor], int]:
    """Return what maps inputs to outputs, and the number of latents, 0 where inputs are volumes."""
    network = _shipped(what) if not grid else _untrained(what, grid)
    network.eval()
    if what == "encode":
        return network.encode, 0
    return network, network.latent_size if what == "generate" else 0


def _shipped(what: str) -> Any:
    said = shipped_weights(bundle_path(SHIPPED[what]))
    if said is None:
        raise FileNotFoundError(f"{SHIPPED[what]}: expected weights that ship, found none")
    return load_network(bundle_path(SHIPPED[what]), said.path)


def _untrained(what: str, grid: str) -> nn.Module:
    mask = template_mask(get_grid(grid), dilate_mm=12.0)
    made: dict[str, Callable[[], nn.Module]] = {
        "encode": lambda: T1wAutoencoder(mask),
        "reconstruct": lambda: T1wAutoencoder(mask),
        "predict sex": lambda: T1wPredictor(mask),
        "predict age": lambda: T1wPredictor(mask, outputs=1),
        "invert": lambda: T1wLatentEncoder(mask),
        "generate": lambda: T1wGenerator(mask),
    }
    return made[what]()


def _inputs(what: str, grid: str, size: int, count: int) -> torch.Tensor:
    if what == "generate":
        return torch.randn(count, size, generator=torch.Generator().manual_seed(0))
    return torch.from_numpy(brains(get_grid(grid), count))[:, None]


@torch.inference_mode()
def _pytorch(network: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
    return network(inputs)


def _onnx(what: str, path: Path, threads: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what runs the network that ships under ONNX Runtime, exported as MONAI's command does it."""
    import onnxruntime  # noqa: PLC0415  (of the test extra)

    folder = bundle_path(SHIPPED[what])
    said = shipped_weights(folder)
    if said is None:
        raise FileNotFoundError(f"{folder}: expected weights that ship, found none")
    onnx_export(
        net_id="network_def",
        filepath=str(path),
        ckpt_file=str(said.path),
        meta_file=str(folder / "configs" / "metadata.json"),
        config_file=str(folder / "configs" / "inference.json"),
        key_in_ckpt="model",
        ckpt_name=str(said.path),
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(image: torch.Tensor) -> torch.Tensor:
        # the export takes one at a time
        parts = [session.run(None, {name: np.ascontiguousarray(one.numpy())})[0] for one in image.split(1)]
        return torch.from_numpy(np.concatenate(parts))

    return run


def _commands(run: Run) -> Table:
    if run.quick:
        return Table("Commands", ("command",), [], ("Not in the quick version.",))
    if not SCAN.is_file():
        note = f"No scan at {SCAN}: name the folder of open data by BRAINAGING_SHARED_DATA."
        return Table("Commands", ("command",), [], (note,))
    fine = run.out / "edit_t1w_192.pt"
    words = {
        "encode": ["encode", str(SCAN)],
        "predict": ["predict", str(SCAN)],
        "generate, 10 brains": ["generate", "--count", "10"],
        "edit, t1w_48": ["edit", str(SCAN), "--age", "+10"],
        "edit, t1w_192": ["edit", str(SCAN), "--age", "+10", "--model", str(fine)],
    }
    rows = []
    for name, command in words.items():
        cell = run.kept("inference", f"command {name}", partial(_command, command, fine, run.threads))
        bar = verdict(cell["wall"], EDIT_BAR, most=True) if name.endswith("192") else ""
        rows.append([name, f"{cell['wall']:.0f}", f"{cell['processor']:.0f}", bar, f"{cell['peak']:.2f}"])
    note = (
        "Whole commands on one real scan at 1 mm, start of Python included. Processor seconds are those of all "
        "threads. The edit at t1w_192 is the one that ships, on that grid: alignment and effects lie on a grid of "
        "their own, and its reader is resampled."
    )
    return Table("Commands", ("command", "s", "processor s", "bar, s", "peak, GB"), rows, (note,))


def _command(words: list[str], fine: Path, threads: int) -> dict[str, float]:
    """Run `brainaging` and return its seconds, of the wall and of processors, and its peak in GB."""
    if str(fine) in words and not fine.is_file():
        edit_on("t1w_192", fine)
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / ("latents.csv" if words[0] == "encode" else "out"))
        program = Path(sys.executable).with_name("brainaging")
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        before = os.times()
        begun = time.perf_counter()
        process = subprocess.Popen(
            [program, *words, "--out", out],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        peaks: list[float] = []
        watch = threading.Thread(target=_watch, args=(process, peaks))
        watch.start()
        said = process.communicate()[1]
        wall = time.perf_counter() - begun
        watch.join()
        after = os.times()
    if process.returncode:
        raise RuntimeError(f"brainaging {' '.join(words)}: {said[-500:]}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": wall, "processor": spent, "peak": max(peaks, default=0.0)}


def _watch(process: subprocess.Popen[str], peaks: list[float]) -> None:
    """Note a process's peak until it ends; what it is after that nobody can say."""
    while process.poll() is None:
        peaks.append(resident(process.pid))
        time.sleep(0.05)
