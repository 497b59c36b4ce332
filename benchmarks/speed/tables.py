"""What a run prints and keeps: tables with a bar beside a number, as Markdown and as JSON."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

#: what decides speeds beside the machine
PACKAGES = ("torch", "monai", "numpy", "scipy", "scikit-learn", "nibabel", "onnxruntime")


@dataclass(frozen=True)
class Table:
    """A title, the columns' names, rows of cells, and sentences below."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default_factory=tuple)

    def markdown(self) -> str:
        """Return it as Markdown.

        >>> print(Table("Speeds", ["what", "s"], [["a|b", "1"]], ["So far."]).markdown())
        **Speeds**
        <BLANKLINE>
        | what | s |
        | --- | ---: |
        | a\\|b | 1 |
        <BLANKLINE>
        So far.
        <BLANKLINE>
        """
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [f"**{self.title}**", "", _row(self.columns), _row(rule)]
        lines += [_row(cells) for cells in self.rows]
        for note in self.notes:
            lines += ["", note]
        return "\n".join([*lines, ""])

    def entries(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def verdict(value: float, bar: float, most: bool) -> str:
    """Return a bar in words, and whether a value keeps it; ``most`` says that it may not be larger.

    >>> verdict(3.2, 3, most=False), verdict(1.3, 1.1, most=True)
    ('≥ 3', '≤ 1.1, **missed**')
    """
    words = f"{'≤' if most else '≥'} {bar:g}"
    return words if (value <= bar if most else value >= bar) else f"{words}, **missed**"


def machine() -> dict[str, Any]:
    """Return on what, when and with what a run is measured."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "GPU": gpu,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
    }


def sentence(of: dict[str, Any]) -> str:
    """Return :func:`machine` in words."""
    return ", ".join(f"{name} {value}" for name, value in of.items())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "not installed"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "")
    special = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512f") if flag in flags]
    return f"{names[0] if names else platform.machine()} ({' '.join(special) or 'no AVX-512'})"
