"""What a reader hands on: rows, the problems it met, notes for the user."""

from dataclasses import dataclass, field
from pathlib import Path

from brainaging.pipeline.data.problems import Problems
from brainaging.pipeline.data.validate import Row


@dataclass
class Found:
    """Rows of one source. ``restricted`` is the user's restricted CSV, where one belongs to the source."""

    rows: list[Row] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)
    restricted: Path | None = None
    simulated: bool = False
