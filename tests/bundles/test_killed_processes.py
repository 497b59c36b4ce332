"""One of two processes that train together is killed: typed again, they end where an uninterrupted run does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from brainaging.pipeline.engines import read_checkpoint

#: epochs of a training, and the one that a process is killed at the start of
EPOCHS, FATAL = 4, 3
#: the process that dies of SIGKILL as that epoch starts, unless the file is there that it leaves
KILLED = (
    "$@train#trainer.add_event_handler(os.sys.modules['ignite.engine'].Events.EPOCH_STARTED(once={epoch}), "
    "lambda: (open('{mark}', 'x'), os.kill(os.getpid(), 9)) "
    "if dist.get_rank() == {rank} and not os.path.exists('{mark}') else None)"
)


def _dies(rank: int, mark: Path) -> str:
    """Return the override of ``run`` by which the process of this rank dies once."""
    killed = KILLED.format(epoch=FATAL, rank=rank, mark=mark)
    file = mark.with_suffix(".json")
    file.write_text(json.dumps({"run": [killed, "$@train#trainer.run()"]}))
    return f"--run %{file}::run"


def _states(folder: Path) -> dict:
    return read_checkpoint(folder / "out" / "models" / "last.pt")


def same(found: object, expected: object) -> None:
    """Hold that nested states are equal, bit by bit."""
    assert type(found) is type(expected)
    if isinstance(found, dict):
        assert found.keys() == expected.keys()
        for key in found:
            same(found[key], expected[key])
    elif isinstance(found, list | tuple):
        assert len(found) == len(expected)
        for pair in zip(found, expected, strict=True):
            same(*pair)
    elif isinstance(found, torch.Tensor):
        assert torch.equal(found, expected)
    else:
        assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bundle", "rank"),
    [
        ("morphometry_autoencoder", 1),
        ("t1w_autoencoder", 1),
        ("t1w_sex_classifier", 1),
        ("t1w_conditional_generator", 1),
        ("t1w_gan", 1),
        ("t1w_gan", 0),
    ],
)
def test_typed_again_after_a_kill_the_run_ends_as_if_it_had_not_been(
    bundle: str, rank: int, command_line: Callable, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = command_line(bundle, "multi_gpu_train", whole, f"--epochs {EPOCHS}", fork=True)
    assert done.returncode == 0, done.stderr[-3000:]
    words = f"--epochs {EPOCHS} {_dies(rank, tmp_path / 'mark')}"
    done = command_line(bundle, "multi_gpu_train", killed, words, fork=True)
    assert done.returncode != 0 and (tmp_path / "mark").exists(), done.stderr[-3000:]
    assert _states(killed)["epoch"] == FATAL - 1
    done = command_line(bundle, "multi_gpu_train", killed, words, fork=True)
    assert done.returncode == 0, done.stderr[-3000:]
    same(_states(killed), _states(whole))
    curves = [(folder / "out" / "eval" / "curves.csv").read_text() for folder in (whole, killed)]
    assert curves[0] == curves[1]
