"""A run that was stopped ends where an unbroken one does; what is broken is never taken for whole."""

import copy
import csv
import logging
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from ignite.engine import Engine, Events

from brainaging.pipeline.engines import read_checkpoint, write_checkpoint
from brainaging.pipeline.handlers import BEST, LAST, START, Checkpoints, checkpoints
from brainaging.pipeline.runtime import UserError


def _same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name]) if isinstance(value, torch.Tensor) else value == other[name]
        for name, value in one.items()
    )


def _weights(path: Path) -> dict:
    return read_checkpoint(path)["model"]


@pytest.mark.parametrize("where", [1, 2.4])
@pytest.mark.parametrize("val_interval", [1, 2])
def test_a_resumed_run_ends_with_the_same_bits(build, killed_after, tmp_path, where, val_interval) -> None:
    build(tmp_path / "whole", val_interval=val_interval).trainer.run()
    killed_after(build(tmp_path / "broken", val_interval=val_interval), where)
    assert read_checkpoint(tmp_path / "broken" / LAST)["epoch"] == int(where)
    build(tmp_path / "broken", val_interval=val_interval).trainer.run()
    for name in (LAST, BEST):
        assert _same(_weights(tmp_path / "whole" / name), _weights(tmp_path / "broken" / name)), name
    whole, broken = (read_checkpoint(tmp_path / name / LAST) for name in ("whole", "broken"))
    assert torch.equal(whole["rng"], broken["rng"])
    for name in ("best", "best_epoch", "epoch", "iteration", "lr_scheduler", "early_stop", "settings"):
        assert whole[name] == broken[name], name
    curves = [(tmp_path / name / "curves.csv").read_text() for name in ("whole", "broken")]
    assert curves[0] == curves[1]


def test_same_seed_same_weights_other_seed_others(build, tmp_path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        build(tmp_path / name, epochs=2, seed=seed).trainer.run()
    one, two, other = (_weights(tmp_path / name / LAST) for name in ("one", "two", "other"))
    assert _same(one, two)
    assert not _same(one, other)


def test_an_epoch_that_was_written_but_not_kept_has_its_rows_once(build, killed_after, tmp_path) -> None:
    killed_after(build(tmp_path), 2)
    older = (tmp_path / LAST).read_bytes()
    killed_after(build(tmp_path), 3)
    (tmp_path / LAST).write_bytes(older)  # killed between the table and last.pt of epoch 3
    build(tmp_path).trainer.run()
    with (tmp_path / "curves.csv").open(newline="") as handle:
        rows = Counter((row["epoch"], row["metric"]) for row in csv.DictReader(handle))
    assert rows == {(str(epoch), metric): 1 for epoch in range(1, 5) for metric in ("train_loss", "val_mse")}


def test_a_finished_run_is_left_as_it_is(build, tmp_path, caplog) -> None:
    build(tmp_path).trainer.run()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with caplog.at_level(logging.INFO, logger="brainaging"):
        build(tmp_path).trainer.run()
    assert "all 4 epochs were done before" in caplog.text
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_more_epochs_and_another_rate_are_taken_on_resume(build, tmp_path) -> None:
    build(tmp_path, epochs=2).trainer.run()
    parts = build(tmp_path, epochs=6, learning_rate=0.3)
    rates = []
    optimizer = parts.optimizer
    parts.trainer.add_event_handler(Events.EPOCH_STARTED, lambda: rates.append(optimizer.param_groups[0]["lr"]))
    parts.trainer.run()
    assert len(rates) == 4
    assert rates[0] == pytest.approx(0.3 * 0.75)  # (1 + cos(π 2/6)) / 2
    assert rates == sorted(rates, reverse=True)


def test_a_decollated_run_keeps_and_writes_the_same(build, tmp_path) -> None:
    for name in ("batches", "items"):
        build(tmp_path / name, epochs=2, decollate=name == "items").trainer.run()
    assert _same(*(_weights(tmp_path / name / LAST) for name in ("batches", "items")))
    curves = [(tmp_path / name / "curves.csv").read_text() for name in ("batches", "items")]
    assert curves[0] == curves[1]


def test_resume_false_starts_anew(build, tmp_path) -> None:
    build(tmp_path, epochs=2, seed=1).trainer.run()
    build(tmp_path, epochs=2, seed=2, resume=False).trainer.run()
    build(tmp_path / "fresh", epochs=2, seed=2).trainer.run()
    assert _same(_weights(tmp_path / LAST), _weights(tmp_path / "fresh" / LAST))


def test_resume_typed_in_small_letters_is_refused(build, tmp_path) -> None:
    with pytest.raises(UserError, match=r"resume: expected True or False .*'false'"):
        build(tmp_path, resume="false")


def test_what_a_killed_run_was_writing_is_swept_away(build, tmp_path) -> None:
    for name in (".tmp-0123abcd-last.pt", ".tmp-0123abcd-best.pt", ".tmp-0123abcd-other.pt"):
        (tmp_path / name).write_bytes(b"half")
    build(tmp_path, epochs=1).trainer.run()
    assert [path.name for path in tmp_path.glob(".tmp-*")] == [".tmp-0123abcd-other.pt"]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_half_a_checkpoint_is_one_clear_error(build, tmp_path, share) -> None:
    build(tmp_path, epochs=1).trainer.run()
    whole = (tmp_path / LAST).read_bytes()
    (tmp_path / LAST).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UserError, match=r"last\.pt: .*expected .*remove the file") as caught:
        build(tmp_path, epochs=2).trainer.run()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": "toy-2"}, r"last\.pt.*toy-1.*toy-2"),
        ({"latent_size": 5}, r"last\.pt.*refine.*expected .*5.*, found .*4"),
    ],
)
def test_a_checkpoint_of_another_network_is_refused(build, tmp_path, options, message) -> None:
    build(tmp_path, epochs=1).trainer.run()
    with pytest.raises(UserError, match=message) as caught:
        build(tmp_path, epochs=2, **options).trainer.run()
    assert "\n" not in str(caught.value)


def test_best_is_the_epoch_with_the_lowest_error(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=3)
    errors = iter([2.0, 1.0, 3.0])
    # The validation runs before the checkpoints look at its metrics.
    parts.evaluator.add_event_handler(Events.COMPLETED, lambda e: e.state.metrics.update(val_mse=next(errors)))
    kept = []
    parts.trainer.add_event_handler(
        Events.EPOCH_COMPLETED, lambda: kept.append({k: v.clone() for k, v in parts.network.named_parameters()})
    )
    parts.trainer.run()
    best, last = _weights(tmp_path / BEST), read_checkpoint(tmp_path / LAST)
    assert last["best"] == 1.0
    assert last["best_epoch"] == 2
    assert all(torch.equal(best[name], value) for name, value in kept[1].items())


def test_resuming_tells_the_evaluator_what_was_best(build, tmp_path) -> None:
    first = build(tmp_path, epochs=2)
    first.trainer.run()
    again = build(tmp_path, epochs=2)
    again.trainer.run()
    assert again.evaluator.state.best_metric == pytest.approx(first.evaluator.state.best_metric)
    assert again.evaluator.state.best_metric_epoch == first.evaluator.state.best_metric_epoch


def test_the_start_is_kept_as_it_is_before_the_epochs_first_step(build, killed_after, tmp_path) -> None:
    parts = build(tmp_path, epochs=4, start=3)
    before = []
    parts.trainer.add_event_handler(
        Events.EPOCH_COMPLETED(once=2), lambda: before.append(copy.deepcopy(parts.network.state_dict()))
    )
    # what is fitted when the epoch starts belongs to it
    parts.trainer.add_event_handler(Events.EPOCH_STARTED(once=3), lambda: parts.network.mean.zero_())
    killed_after(parts, 3.5)
    start = read_checkpoint(tmp_path / START)
    assert start["settings"] == {"latent_size": 4}
    assert not start["model"].pop("mean").any()
    assert before[0].pop("mean").any()
    assert _same(start["model"], before[0])


def test_an_engine_that_runs_again_writes_again(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=3, resume=False)
    parts.trainer.run()
    (tmp_path / LAST).unlink()
    parts.trainer.state.epoch = parts.trainer.state.iteration = 0
    parts.trainer.run()
    assert read_checkpoint(tmp_path / LAST)["epoch"] == 3


def test_a_checkpoint_that_lacks_something_is_named(build, tmp_path) -> None:
    build(tmp_path, epochs=1).trainer.run()
    state = read_checkpoint(tmp_path / LAST)
    del state["optimizer"]
    torch.save(state, tmp_path / LAST)
    with pytest.raises(UserError, match=r"last\.pt: optimizer is missing; remove"):
        build(tmp_path, epochs=2).trainer.run()


def test_weights_are_kept_without_a_wrappers_prefix(build, tmp_path) -> None:
    parts = build(tmp_path, epochs=1)
    wrapped = torch.nn.DataParallel(parts.network)
    checkpoints = Checkpoints(str(tmp_path), {"model": wrapped}, parts.evaluator, "val_mse")
    assert checkpoints.save["model"] is parts.network


def test_settings_of_numpys_types_are_read_back_as_plain_values(build, tmp_path) -> None:
    classes = list(np.array(["22-25", "26-30"]))
    settings = {"classes": classes, "width": np.float64(0.5), "steps": np.int64(3), "hidden": None}
    build(tmp_path, epochs=1, settings=settings).trainer.run()
    for name in (LAST, BEST):
        kept = read_checkpoint(tmp_path / name)["settings"]
        assert kept == {"classes": ["22-25", "26-30"], "width": 0.5, "steps": 3, "hidden": None}


@pytest.mark.parametrize("processes", [2, 3])
def test_each_of_several_processes_draws_on_from_its_own_state(build, tmp_path, monkeypatch, processes) -> None:
    """Two wrote the checkpoint; where three go on, each takes the first's, which all draw alike from."""
    build(tmp_path, epochs=1).trainer.run()
    state = read_checkpoint(tmp_path / LAST)
    states = [torch.Generator().manual_seed(seed).get_state() for seed in (7, 8)]
    write_checkpoint(tmp_path / LAST, {**state, "rng": states[0], "rng_processes": torch.stack(states)})
    monkeypatch.setattr(checkpoints.idist, "get_world_size", lambda: processes)
    monkeypatch.setattr(checkpoints.idist, "get_rank", lambda: 1)
    network = torch.nn.Linear(1, 1)
    write_checkpoint(tmp_path / LAST, {**read_checkpoint(tmp_path / LAST), "model": network.state_dict()})
    Checkpoints(str(tmp_path), {"model": network}).restore(Engine(lambda engine, batch: batch))
    assert torch.equal(torch.get_rng_state(), states[1 if processes == 2 else 0])
