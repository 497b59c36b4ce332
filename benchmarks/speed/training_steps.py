"""Training steps of GAN, autoencoder and classifier beside the original's recipe and plain MONAI; peaks."""

import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from brainaging.transforms import get_grid
from speed.cells import Run
from speed.ours import our_trainer
from speed.rivals import monai_trainer, original_steps
from speed.tables import Table, verdict
from speed.timing import Contender, apart, by_turns, ratio
from speed.volumes import brains, prepared_scans

OURS, ORIGINAL, MONAI, SAME = "ours", "the original's recipe", "plain MONAI", "plain MONAI, our network"
KINDS = ("GAN", "autoencoder", "classifier")
#: grid, batch and scans: steps of ours are a multiple of four, as often as the GAN takes its penalty
SIZES, QUICK = (("t1w_64", 10, 40), ("t1w_96", 4, 16)), (("t1w_32", 2, 8),)
#: steps of a rival in a turn: the original's generator moves in one of two
ORIGINAL_STEPS, MONAI_STEPS = 2, 1
#: issue 22's bars: how often ours goes into a rival's step. On a GPU 5 and 2
BARS = {
    ("GAN", ORIGINAL, "cpu"): 3.0,
    ("GAN", MONAI, "cpu"): 2.5,
    ("autoencoder", MONAI, "cpu"): 2.0,
    ("classifier", MONAI, "cpu"): 2.0,
    ("GAN", ORIGINAL, "cuda"): 5.0,
    ("GAN", MONAI, "cuda"): 2.0,
}


def contenders(
    kind: str, size: tuple[str, int, int], data: Path, device: str
) -> dict[str, Callable[[], Contender]]:
    """Return what makes each contender of a kind."""
    grid, batch, scans = size

    def volumes(steps: int) -> np.ndarray:
        return brains(get_grid(grid), steps * batch)

    def ours() -> Contender:
        trainer = our_trainer(kind, prepared_scans(data, grid, scans), batch, device)
        return Contender(trainer.run, scans // batch)

    def monai(of: str) -> Contender:
        return Contender(monai_trainer(of, volumes(MONAI_STEPS), batch, device).run, MONAI_STEPS)

    def original() -> Contender:
        return Contender(original_steps(kind, volumes(ORIGINAL_STEPS), batch, device), ORIGINAL_STEPS)

    made = {OURS: ours, ORIGINAL: original, MONAI: partial(monai, kind)}
    if kind == "classifier":
        made[SAME] = partial(monai, "classifier of our size")
    return made


def steps(kind: str, size: tuple[str, int, int], data: Path, device: str, turns: int) -> dict[str, list[float]]:
    """Return the seconds a step of every contender, who take turns."""
    torch.manual_seed(0)
    return by_turns({name: make() for name, make in contenders(kind, size, data, device).items()}, turns, device)


def peak(kind: str, name: str, size: tuple[str, int, int], data: Path, device: str) -> int:
    """Take two turns of one contender, for its peak; return its steps."""
    contender = contenders(kind, size, data, device)[name]()
    for _ in range(2):
        contender.run()
    return 2 * contender.steps


def measured(run: Run) -> list[Table]:
    """Return the table of steps, and measure what is not kept."""
    rows: list[list[str]] = []
    for device in run.devices:
        for size in QUICK if run.quick else SIZES:
            for kind in KINDS:
                rows += _rows(run, device, size, kind)
    notes = (
        "Seconds are medians over turns in one process, contenders interleaved, those of its processor where one "
        "thread is asked for; ratios are of one turn each, their median, least and most. GB: what two turns make "
        "a process of its own grow by, and its peak.",
        "The networks are not the same: ours are dense on a lattice or small and strided, the original's and "
        "MONAI's are convolutions of 32 to 256 channels, `resnet10` of 64 to 512 from full resolution on; \"our "
        "network\" is ours in MONAI's trainer and data path. Ours is the bundle's own config without handlers.",
    )
    columns = ("step of", "device", "grid", "batch", "by", "s a step", "by ours", "bar", "grown, GB", "peak, GB")
    return [Table("Training steps", columns, rows, notes)]


def _rows(run: Run, device: str, size: tuple[str, int, int], kind: str) -> list[list[str]]:
    grid, batch, scans = size
    # made before it is timed
    prepared_scans(run.data, grid, scans)
    name = f"{kind}-{grid}-{device}"
    seconds = run.kept("training_steps", f"{name}-steps", lambda: steps(kind, size, run.data, device, run.turns))
    rows = []
    if run.quick:  # each peak costs the start of a process
        seconds = {who: each for who, each in seconds.items() if who in (OURS, MONAI) and kind == "GAN"}
    for who, each in seconds.items():
        peaks = run.kept(
            "training_steps", f"{name}-{who.replace(' ', '_')}-peak", partial(_peak, kind, who, size, run, device)
        )
        times = ratio(each, seconds[OURS])
        bar = BARS.get((kind, who, device))
        judged = "" if bar is None or grid != "t1w_64" else verdict(times.value, bar, most=False)
        rows.append(
            [
                f"{kind}", device, grid, str(batch), who,
                f"{statistics.median(each):.3g}", "1" if who == OURS else str(times), judged,
                f"{peaks['grown']:.2f}", f"{peaks['peak']:.2f}",
            ]
        )  # fmt: skip
    return rows


def _peak(kind: str, who: str, size: tuple[str, int, int], run: Run, device: str) -> dict[str, Any]:
    found = apart(peak, kind, who, size, run.data, device)
    if device != "cpu":
        return {"grown": found.gpu, "peak": found.gpu}
    return {"grown": found.grown, "peak": found.peak}
