"""What is free is what the machine and the container's bound leave."""

from pathlib import Path

import psutil
import pytest

from brainaging.pipeline.engines.resources import free_memory as module
from brainaging.pipeline.engines.resources.free_memory import free_memory, own_memory


def test_a_container_s_bound_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CGROUP", tmp_path)
    assert 0 < free_memory() <= psutil.virtual_memory().total
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert free_memory() == 600_000
    (tmp_path / "memory.current").write_text("1400000\n")
    assert free_memory() == 0
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory() > 1_000_000


def test_a_program_holds_what_it_fills() -> None:
    before = own_memory()
    block = bytearray(200_000_000)
    assert own_memory() - before > 150_000_000
    del block
