"""A file is replaced whole or not at all, under Ignite's own ``Checkpoint``."""

import resource

import pytest
import torch
from ignite.engine import Engine, Events
from ignite.handlers import Checkpoint

from brainaging.pipeline.handlers.saving import AtomicSaver, Value


def test_the_older_file_is_there_until_the_new_one_is_whole(tmp_path, monkeypatch) -> None:
    values, save = iter([1, 2, 3]), torch.save
    checkpoint = Checkpoint(
        {"a": Value(lambda: next(values)), "b": Value(list)}, AtomicSaver(tmp_path), filename_pattern="last.pt"
    )
    engine = Engine(lambda engine, batch: None)
    engine.add_event_handler(Events.EPOCH_COMPLETED, checkpoint)

    def killed(state, path) -> None:
        save(state, path)
        if state["a"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        engine.run([0], max_epochs=2)
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
    assert torch.load(tmp_path / "last.pt", weights_only=True) == {"a": 1, "b": []}


def test_a_disk_that_takes_no_more_is_an_error_of_the_file_and_the_older_one_stays(tmp_path) -> None:
    saver = AtomicSaver(tmp_path)
    saver({"a": torch.zeros(10)}, "last.pt")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large") as full:
            saver({"a": torch.zeros(100_000)}, "last.pt")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full.value.filename == str(tmp_path / "last.pt")
    assert [path.name for path in tmp_path.iterdir()] == ["last.pt"]
    assert len(torch.load(tmp_path / "last.pt", weights_only=True)["a"]) == 10
