"""Measurements that are kept, one a file, so that a run that was stopped goes on where it was."""

import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainaging.bundles import bundle_path, model_names
from brainaging.pipeline.runtime import source_sha256, text_sha256, write_json
from speed.timing import load

#: what is measured, with all that it imports
CODE = tuple(
    f"brainaging.pipeline.{name}"
    for name in ("experiments.reproduce", "maps.voxel_maps", "counterfactual.edit_scan", "engines", "handlers")
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Run:
    """How much is measured, and where it is kept.

    Attributes:
        out: folder of measurements, data and tables.
        quick: whether sizes are small enough for a test; the numbers then say nothing.
        threads: of torch and of what it calls.
        turns: how often everything is timed.
        devices: "cpu", and "cuda" where there is one.
    """

    out: Path
    quick: bool
    threads: int
    turns: int
    devices: tuple[str, ...]

    @property
    def data(self) -> Path:
        """Folder of what is measured on, which is not measured."""
        return self.out / "data"

    def kept(self, part: str, name: str, measure: Callable[[], Any]) -> Any:
        """Return a measurement as JSON has it, taken now or by an earlier run of the same code and settings.

        Args:
            part: of the benchmark.
            name: of the measurement.
            measure: takes it.
        """
        claim = {
            "quick": self.quick,
            "threads": self.threads,
            "turns": self.turns,
            "code": source_sha256(*CODE),
            "configs": text_sha256("".join(file.read_text("utf-8") for file in _configs())),
            "benchmark": text_sha256("".join(file.read_text("utf-8") for file in _own_files())),
        }
        path = self.out / "measured" / part / f"{re.sub(r'[^0-9A-Za-z]+', '-', name)}.json"
        if path.is_file():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["claim"] == claim:
                return stored["value"]
        log.info("%s: %s", part, name)
        begun = time.monotonic()
        value = json.loads(json.dumps(measure()))
        spent = round(time.monotonic() - begun, 1)
        write_json(path, {"claim": claim, "value": value, "seconds": spent, "load": load()})
        return value


def _own_files() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.py"))


def _configs() -> list[Path]:
    return sorted(file for name in model_names() for file in (bundle_path(name) / "configs").glob("*.json"))
