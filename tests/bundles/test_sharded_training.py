"""An optimiser that two processes share out: the same training, in a checkpoint that one process reads."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from brainaging.pipeline.engines import read_checkpoint

BUNDLE = "t1w_autoencoder"
#: after the training, each process writes how many numbers its own optimiser keeps
COUNTED = (
    "$open('{folder}/share' + str(dist.get_rank()), 'w').write("
    "str(sum(value.numel() for kept in @optimizer.optim.state.values() for value in kept.values())))"
)


def _last(folder: Path) -> dict:
    return read_checkpoint(folder / "out" / "models" / "last.pt")


def _moments(state: dict) -> dict[str, torch.Tensor]:
    kept = state["optimizer"]["state"]
    return {f"{number}.{name}": value for number in kept for name, value in kept[number].items()}


@pytest.mark.slow
def test_a_shared_out_optimiser_trains_the_same_and_is_read_by_one_process(
    command_line: Callable, tmp_path: Path
) -> None:
    whole, sharded = tmp_path / "whole", tmp_path / "sharded"
    (tmp_path / "run.json").write_text(
        json.dumps({"run": ["$@train#trainer.run()", COUNTED.format(folder=tmp_path)]})
    )
    for kind, folder, more in (
        ("multi_gpu_train", whole, ""),
        ("sharded_train", sharded, f"--run %{tmp_path / 'run.json'}::run"),
    ):
        done = command_line(BUNDLE, kind, folder, f"--epochs 2 {more}")
        assert done.returncode == 0, done.stderr[-3000:]
    for states in (
        (_last(folder)["model"] for folder in (whole, sharded)),
        map(_moments, map(_last, (whole, sharded))),
    ):
        one, other = ({k: v for k, v in state.items() if isinstance(v, torch.Tensor)} for state in states)
        assert one.keys() == other.keys() and len(one) > 0
        assert all(torch.equal(one[name], other[name]) for name in one)
    shares = [int((tmp_path / f"share{rank}").read_text()) for rank in (0, 1)]
    assert sum(shares) == sum(value.numel() for value in _moments(_last(whole)).values()) and min(shares) > 0
    done = command_line(BUNDLE, "train", sharded, "--epochs 3")
    assert done.returncode == 0, done.stderr[-3000:]
    assert _last(sharded)["epoch"] == 3
