"""What memory a training will take, said before anything is filled, and what would fit where it does not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from brainaging.pipeline.engines.resources.rehearsal import Rehearsal, cache_of, check_rehearses, rehearse
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, GridSpec, get_grid

Start = tuple[float, float]
#: makes the plan of a grid and batch, with a start that is known, or fits it
Again = Callable[[str, int, Start | None], "MemoryPlan"]
#: bytes of a voxel in a cache, by ``cache_type``
VOXEL = {"float32": 4, "float16": 2, "uint8": 1}
#: what CUDA takes for itself, about: it is counted on no GPU
CONTEXT = 500_000_000


@dataclass(frozen=True)
class MemoryPlan:
    """The memory of a training by part, in bytes; the most is the sum of what lives at once.

    Attributes:
        bundle, grid: their names.
        scans, batch: how many, in all and a step.
        device: where networks and volumes lie, ``cpu`` or ``cuda``.
        program: Python, torch and what else is loaded; on a GPU what CUDA takes.
        cache: the scans on the grid.
        rehearsal: networks, optimisers, steps and start.
    """

    bundle: str
    grid: str
    scans: int
    batch: int
    device: str
    program: int
    cache: int
    rehearsal: Rehearsal

    @property
    def start(self) -> int:
        """Bytes of the fit before the first step."""
        return self.rehearsal.starting(self.scans)

    @property
    def steps(self) -> int:
        """Bytes of a step, and of what is kept from step to step."""
        return self.rehearsal.heap if self.device == "cpu" else self.rehearsal.steps

    @property
    def peak(self) -> int:
        """The most that is held at once: the start is over when steps begin."""
        return self.program + self.cache + self.rehearsal.networks + max(self.start, self.steps)

    @property
    def parts(self) -> dict[str, int]:
        """Bytes by part, for a table."""
        kept = self.rehearsal.kept
        return {
            "program": self.program,
            f"cache of {self.scans} scans": self.cache,
            "networks": self.rehearsal.networks,
            "gradients and optimisers": kept,
            f"activations, batch {self.batch}": max(self.rehearsal.steps - kept, 0),
            "between blocks of the heap": max(self.steps - self.rehearsal.steps, 0),
            "start, before the first step": self.start,
            "peak": self.peak,
        }


def memory_plan(
    bundle: Path,
    grid: GridSpec,
    scans: int,
    batch: int,
    device: str = "cpu",
    known: Start | None = None,
    **overrides: Any,
) -> MemoryPlan:
    """Return the plan of a training; nothing is read, and no scan filled.

    Args:
        bundle: its folder.
        grid: of the scans.
        scans: that are trained on and validated with.
        batch: scans a step.
        device: ``cpu`` or ``cuda``, whose own scratch is not counted.
        known: the start of another plan of this grid; it is fitted if None.
        overrides: config values, as ``train`` takes them.

    Raises:
        UserError: no such cache type, or as :func:`~brainaging.pipeline.engines.resources.rehearsal.rehearse`.
    """
    check_rehearses(bundle)
    kept = {**cache_of(bundle), **overrides}
    if kept["cache_type"] not in VOXEL:
        raise UserError(f"cache_type: expected {', '.join(VOXEL)}, found {kept['cache_type']!r}")
    voxel = 0 if kept["cache"] == "disk" else VOXEL[kept["cache_type"]]
    _load()
    own = rehearse(bundle, grid, batch, known is None, **overrides)
    own = own if known is None else replace(own, start=known)
    program = own.built - own.networks if device == "cpu" else CONTEXT
    return MemoryPlan(bundle.name, grid.name, scans, batch, device, program, voxel * prod(grid.shape) * scans, own)


def what_fits(plan: MemoryPlan, memory: int, again: Again) -> MemoryPlan | None:
    """Return the plan nearest to one that does not fit: the same grid with a smaller batch, or a coarser grid.

    Args:
        plan: of what was asked for.
        memory: bytes that it may take.
        again: makes the plan of a grid and batch, with a start that is known, or fits it.
    """
    batches = [plan.batch >> step for step in range(1, plan.batch.bit_length())]
    coarser = [spec.name for spec in sorted(map(get_grid, GRIDS), key=lambda one: -prod(one.shape))]
    coarser = [name for name in coarser if prod(get_grid(name).shape) < prod(get_grid(plan.grid).shape)]
    asked = [(plan.grid, batch) for batch in batches] + [(name, plan.batch) for name in coarser]
    # a cache that does not fit by itself fits with no batch
    voxel = plan.cache / prod(get_grid(plan.grid).shape)
    possible = ((name, batch) for name, batch in asked if voxel * prod(get_grid(name).shape) < memory)
    start = plan.rehearsal.start
    plans = (again(name, batch, start if name == plan.grid else None) for name, batch in possible)
    return next((one for one in plans if one.peak <= memory), None)


def check_plan(plan: MemoryPlan, memory: int, again: Again) -> None:
    """Refuse a training that does not fit.

    Raises:
        UserError: it does not; the message says what would.
    """
    if plan.peak <= memory:
        return
    fits = what_fits(plan, memory, again)
    hint = (
        "no named grid fits with so many scans" if fits is None else f"{fits.grid} with batch {fits.batch} would"
    )
    raise UserError(
        f"{plan.bundle} on {plan.grid}, {plan.scans} scans, batch {plan.batch}: takes {plan.peak / 1e9:.1f} GB, "
        f"and {memory / 1e9:.1f} GB may be taken; {hint}"
    )


def _load() -> None:
    """Take one convolution's gradient, so that this program holds what torch loads for it."""
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.zeros(1, 8, 8, 8, 8, dtype=dtype, requires_grad=True)
        F.conv3d(x, torch.zeros(8, 8, 3, 3, 3, dtype=dtype, requires_grad=True)).sum().backward()
