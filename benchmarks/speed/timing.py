"""Time by turns, and peak memory in a process of its own."""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Contender:
    """What is timed: ``run`` takes ``steps`` steps."""

    run: Callable[[], Any]
    steps: int = 1


def settled() -> None:
    """Wait until a GPU has done what was asked of it."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def clock(device: str) -> Callable[[], float]:
    """Return what tells the time: of one thread on a CPU its own, which others leave alone; else the wall's."""
    return time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter


def by_turns(contenders: Mapping[str, Contender], turns: int, device: str = "cpu") -> dict[str, list[float]]:
    """Return the seconds a step of every turn, by :func:`clock`.

    A busy moment hits all contenders alike. One turn before the first is not counted.
    """
    now = clock(device)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name, contender in contenders.items():
            settled()
            begun = now()
            contender.run()
            settled()
            if turn:
                seconds[name].append((now() - begun) / contender.steps)
    return seconds


@dataclass(frozen=True)
class Ratio:
    """The median over turns of how often one's time goes into another's, the least and the most."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(of: list[float], by: list[float]) -> Ratio:
    """Return the ratio of two that took turns, turn by turn."""
    each = np.asarray(of) / np.asarray(by)
    return Ratio(float(np.median(each)), float(each.min()), float(each.max()))


@dataclass(frozen=True)
class Peak:
    """GB of 10⁹ bytes: resident before work and at its peak, and allocated on a GPU; and what the work gave."""

    before: float
    peak: float
    gpu: float
    gave: Any

    @property
    def grown(self) -> float:
        """GB by which the work made the process grow."""
        return self.peak - self.before


def apart(function: Callable[..., Any], *words: Any, quick: bool = False) -> Peak:
    """Run a module's function in a process of its own, and return its peak; where it shall be quick, in this."""
    if quick:
        return _measured(function, torch.get_num_threads(), *words)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_measured, function, torch.get_num_threads(), *words).result()


def _measured(function: Callable[..., Any], threads: int, *words: Any) -> Peak:
    torch.set_num_threads(threads)
    before = status("VmRSS")
    gave = function(*words)
    gpu = torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0
    return Peak(before, status("VmHWM"), gpu, gave)


def resident(process: int) -> float:
    """Return the peak in GB of a process so far; 0 where nobody can say."""
    try:
        return status("VmHWM", str(process))
    except (OSError, StopIteration):
        return 0.0


def status(entry: str, process: str = "self") -> float:
    """Return a size of a process in GB, ``VmRSS`` now or ``VmHWM`` at its peak.

    ``ru_maxrss`` would hold what its parent had when it was started.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(entry)) * 1024 / 1e9


def load() -> float:
    """Return the load average of a minute, which says what else this machine did."""
    return os.getloadavg()[0]
