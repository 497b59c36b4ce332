"""How much memory a program may still take."""

from pathlib import Path

import psutil
import torch

#: where a container's bound stands, and what it has taken (cgroup version 2)
CGROUP = Path("/sys/fs/cgroup")


def free_memory(device: torch.device | str = "cpu") -> int:
    """Return the bytes that are free on a device: of a CPU's what the machine, and a container's bound, leave."""
    if torch.device(device).type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = int(psutil.virtual_memory().available)
    bound, taken = (_number(CGROUP / name) for name in ("memory.max", "memory.current"))
    return free if bound is None or taken is None else min(free, max(bound - taken, 0))


def own_memory() -> int:
    """Return the bytes that this program holds."""
    return int(psutil.Process().memory_info().rss)


def _number(path: Path) -> int | None:
    """Return the number that a file holds; none where there is no file, or no number ("max")."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
