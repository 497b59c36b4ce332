"""Checkpoints that survive kill -9: whole or not at all, and enough to go on from where a run stopped."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine, Events
from ignite.handlers import Checkpoint
from torch import Tensor

from brainaging.pipeline.engines import fit, read_checkpoint, unwrapped
from brainaging.pipeline.handlers.saving import AtomicSaver, Value
from brainaging.pipeline.runtime import UserError, remove_abandoned

LAST, BEST, START = "last.pt", "best.pt", "start.pt"
ADVICE = "remove the file or give another folder to train anew"
#: what ``last.pt`` holds beside the saved objects
PROGRESS = ("rng", "rng_cuda", "best", "best_epoch", "epoch", "iteration")


class Checkpoints:
    """Keep ``last.pt`` after every epoch, ``best.pt`` when the key metric improves; resume from ``last.pt``.

    ``last.pt`` holds every object of ``save`` together with the state of torch's random generator and of the
    engine, so that a resumed run takes the same steps as one that was never stopped. ``best.pt`` holds ``{"model":
    network.state_dict(), "settings": …}`` alone, for evaluation and inference. ``start.pt``, of the same form,
    holds the weights as they are just before the first step of epoch ``start``: of a GAN that is fitted first, the
    generator before any adversarial step, which says what these add. ``load_network(bundle, folder / START,
    dataset_dir=…)`` reads it as it reads ``best.pt``.

    Ignite's ``Checkpoint`` gathers the objects' states and says which epoch is best. What it does not do stands
    here: its ``load_objects`` knows no random generator and no engine, and does not say which file does not fit
    what; MONAI's ``CheckpointSaver`` is a wrapper of it. For its ``DiskSaver`` see :class:`AtomicSaver`.

    Under several processes every one restores and the first writes; weights are kept without the wrapper's
    ``module.`` prefix, and the random state of each process beside the first's. Where another number of processes
    goes on, each takes the first's: what is drawn for the global batch, all draw alike (``own_rows``).

    Attach it after the ``ValidationHandler`` of the same trainer, so that an epoch's checkpoint knows its score,
    and after whatever writes an epoch's results, so that no epoch counts as done before they are written.

    Args:
        folder: where the files go.
        save: objects with ``state_dict`` and ``load_state_dict`` by name, restored in this order; ``"model"``
            must be the network.
        evaluator: the engine whose ``state.metrics`` holds the key metric; None for a run without validation,
            which has no ``best.pt``.
        key_metric: the name of the metric that decides which epoch is best.
        larger_is_better: False for errors.
        resume: go on from ``last.pt`` where there is one; otherwise start anew and replace it.
        settings: numbers and names by config id that are needed to build the network again, kept in every file
            (:func:`brainaging.pipeline.engines.load_network` reads them).
        start: the epoch before which ``start.pt`` is written; None writes none.

    Raises:
        UserError: ``resume`` is not True or False; ``last.pt`` cannot be read, or does not fit the objects that
            are to be resumed.

    A plain engine that is run again goes on:

    >>> import tempfile
    >>> network = torch.nn.Linear(1, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for epochs in (2, 3):
    ...         trainer = Engine(lambda engine, batch: batch)
    ...         Checkpoints(folder, {"model": network}).attach(trainer)
    ...         state = trainer.run([0.5], max_epochs=epochs)
    ...         print(state.iteration, sorted(file.name for file in Path(folder).iterdir()))
    2 ['last.pt']
    3 ['last.pt']
    """

    def __init__(
        self,
        folder: str,
        save: dict[str, Any],
        evaluator: Engine | None = None,
        key_metric: str = "",
        larger_is_better: bool = False,
        resume: bool = True,
        settings: dict[str, Any] | None = None,
        start: int | None = None,
    ) -> None:
        if not isinstance(resume, bool):
            # A shell's `--resume false` arrives as a text, which Python takes for true.
            raise UserError(f"resume: expected True or False (with a capital letter), got {resume!r}")
        self.folder = Path(folder)
        self.save = {name: unwrapped(thing) for name, thing in save.items()}
        self.evaluator = evaluator
        self.key_metric = key_metric
        self.sign = 1.0 if larger_is_better else -1.0
        self.resume = resume
        self.settings = {name: _plain(value) for name, value in (settings or {}).items()}
        self.start = start
        self.best: float | None = None
        self.best_epoch = -1
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        saver = AtomicSaver(self.folder)
        weights = {"model": self.save["model"], "settings": Value(lambda: self.settings)}
        everything = {
            **self.save,
            "settings": Value(lambda: self.settings),
            "rng": Value(torch.get_rng_state),
            "rng_cuda": Value(lambda: torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []),
            "rng_processes": Value(lambda: _of_all(torch.get_rng_state())),
            "rng_cuda_processes": Value(_of_all_gpus),
            "best": Value(lambda: self.best),
            "best_epoch": Value(lambda: self.best_epoch),
            "epoch": Value(lambda: engine.state.epoch),
            "iteration": Value(lambda: engine.state.iteration),
        }
        last, best, start = (
            Checkpoint(objects, saver, filename_pattern=name)
            for objects, name in ((everything, LAST), (weights, BEST), (weights, START))
        )
        for checkpoint in (last, best, start):  # of an earlier run of the same engine
            engine.add_event_handler(Events.STARTED, checkpoint.reset)
        engine.add_event_handler(Events.STARTED, self.restore)
        if self.start is not None:
            # after every handler of the epoch's start, which may still fit something, and before the first step
            engine.add_event_handler(Events.ITERATION_STARTED(event_filter=self._starts), start)
        engine.add_event_handler(Events.EPOCH_COMPLETED(event_filter=self._improves), best)
        engine.add_event_handler(Events.EPOCH_COMPLETED, last)

    def restore(self, engine: Engine) -> None:
        """Load ``last.pt`` into the saved objects and set the engine's counters to it."""
        path = self.folder / LAST
        if idist.get_rank() == 0:
            for name in (LAST, BEST, START):
                remove_abandoned(self.folder / name)
        if not (self.resume and path.is_file()):
            return
        try:
            state = read_checkpoint(path)
            missing = {*self.save, *PROGRESS} - state.keys()
            if missing:
                raise UserError(f"{path}: {', '.join(sorted(missing))} is missing")
            for name, thing in self.save.items():
                fit(thing, state[name], path)
        except UserError as error:
            raise UserError(f"{error}; {ADVICE}") from error
        _restore_random(state)
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        if self.best is not None and self.evaluator is not None:
            validation: Any = self.evaluator.state
            validation.best_metric, validation.best_metric_epoch = self.best, self.best_epoch
        engine.state.epoch = state["epoch"]
        engine.state.iteration = state["iteration"]
        self.logger.info("resumed from %s after epoch %d", path, state["epoch"])
        if engine.state.max_epochs is not None and state["epoch"] >= engine.state.max_epochs:
            self.logger.info("all %d epochs were done before; nothing is left to train", engine.state.max_epochs)
            engine.terminate()
        elif engine.should_terminate:
            self.logger.info("the run had stopped early; raise patience to go on")

    def _starts(self, engine: Engine, iteration: int) -> bool:
        """Return whether an iteration is the first of epoch ``start``."""
        return engine.state.epoch == self.start and (iteration - 1) % (engine.state.epoch_length or 1) == 0

    def _improves(self, engine: Engine, epoch: int) -> bool:
        """Return whether the key metric is the best so far, and remember it."""
        value = None if self.evaluator is None else self.evaluator.state.metrics.get(self.key_metric)
        if value is None or (self.best is not None and self.sign * value <= self.sign * self.best):
            return False
        self.best, self.best_epoch = float(value), epoch
        return True


def _of_all(state: Tensor) -> Tensor:
    """Return the states ``(bytes,)`` of all processes, ``(processes, bytes)``."""
    gathered: Tensor = idist.all_gather(state[None])  # type: ignore[assignment]
    return gathered.cpu()


def _of_all_gpus() -> Tensor | list[Tensor]:
    """Return the states of the processes' own GPUs; none where there is no GPU, or one process for all."""
    several = torch.cuda.is_available() and idist.get_world_size() > 1
    return _of_all(torch.cuda.get_rng_state()) if several else []


def _restore_random(state: Mapping[str, Any]) -> None:
    """Set torch's generators to a checkpoint's: each process its own, or the first's where others wrote it."""
    rank, processes = idist.get_rank(), idist.get_world_size()
    own = state.get("rng_processes", [])
    # a copy: of a view of several states torch reads from the wrong place
    torch.set_rng_state(own[rank].clone() if len(own) == processes else state["rng"])
    if not torch.cuda.is_available():
        return
    of_gpus = state.get("rng_cuda_processes", [])
    if processes > 1 and len(of_gpus) == processes:
        torch.cuda.set_rng_state(of_gpus[rank].clone())
    elif processes > 1 and len(state["rng_cuda"]):
        torch.cuda.set_rng_state(state["rng_cuda"][0])
    elif len(state["rng_cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["rng_cuda"])


def _plain(value: Any) -> Any:
    """Return a setting without NumPy's types, which a checkpoint that is read safely may not hold."""
    if isinstance(value, np.generic):
        return value.item()
    return [_plain(item) for item in value] if isinstance(value, list | tuple | np.ndarray) else value
