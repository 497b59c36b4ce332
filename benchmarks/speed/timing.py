"""Time by turns, and peak memory in a process of its own."""

import os
import resource
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


def by_turns(contenders: Mapping[str, Contender], turns: int) -> dict[str, list[float]]:
    """Return the seconds a step of every turn; a busy moment hits all of them, and one turn more is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name, contender in contenders.items():
            settled()
            begun = time.perf_counter()
            contender.run()
            settled()
            if turn:
                seconds[name].append((time.perf_counter() - begun) / contender.steps)
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
    """GB of 10⁹ bytes: resident before the work and at its peak, and allocated on a GPU; and what the work gave."""

    before: float
    peak: float
    gpu: float
    gave: Any

    @property
    def grown(self) -> float:
        """GB by which the work made the process grow."""
        return self.peak - self.before


def apart(function: Callable[..., Any], *words: Any) -> Peak:
    """Run a module's function in a process of its own, and return its peak."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_measured, function, torch.get_num_threads(), *words).result()


def _measured(function: Callable[..., Any], threads: int, *words: Any) -> Peak:
    torch.set_num_threads(threads)
    before = _status("VmRSS")
    gave = function(*words)
    gpu = torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0
    return Peak(before, _status("VmHWM"), gpu, gave)


def _status(entry: str) -> float:
    """Return a size of this process in GB; ``ru_maxrss`` would hold what its parent had when it was started."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return next(float(line.split()[1]) for line in lines if line.startswith(entry)) * 1024 / 1e9


def load() -> float:
    """Return the load average of a minute, which says what else this machine did."""
    return os.getloadavg()[0]
