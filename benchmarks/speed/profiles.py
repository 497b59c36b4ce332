"""The five dearest operations of each profile, and what bounds it."""

import cProfile
import pstats
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from preparation import make_scans
from torch.profiler import ProfilerActivity, profile

from brainaging.transforms import t1w_chain
from speed.bottleneck import in_words
from speed.cells import Run
from speed.group_statistics import maps_of, scores_of
from speed.ours import our_trainer
from speed.tables import Table
from speed.volumes import prepared_scans

TOP = 5


def measured(run: Run) -> list[Table]:
    """Return the table of profiles, and measure what is not kept."""
    grid = "t1w_32" if run.quick else "t1w_64"
    batch, scans = (2, 4) if run.quick else (10, 40)
    works: dict[str, Callable[[], dict[str, float]]] = {}
    for kind in ("classifier",) if run.quick else ("GAN", "autoencoder", "classifier"):
        for device in run.devices:
            prepared_scans(run.data, grid, scans)
            works[f"step of {kind}, {grid}, batch {batch}, {device}"] = partial(
                _of_training, kind, grid, batch, scans, run.data, device
            )
    made = ("noise_of", "standard_normal")  # what is measured on, and no part of it
    people, permutations = (40, 19) if run.quick else (1113, 1000)
    works[f"group maps, {people} people, {grid}"] = partial(
        _of_calls, partial(maps_of, people, permutations, grid), made
    )
    works[f"scores, {people} people"] = partial(_of_calls, partial(scores_of, people, permutations), made)
    if not run.quick:
        works["preparation, t1w_64"] = partial(_of_preparation, run.data / "hcp")
    rows: list[Sequence[str]] = []
    for name, work in works.items():
        costs = run.kept("profiles", name, work)
        total = sum(costs.values()) or 1.0
        for place, (operation, cost) in enumerate(sorted(costs.items(), key=lambda pair: -pair[1])[:TOP]):
            what, bound = (name, in_words(costs)) if place == 0 else ("", "")
            rows.append([what, operation, f"{cost:.3g}", f"{100 * cost / total:.0f} %", bound])
    note = (
        "Seconds in the operation itself, without what it calls. Training by torch.profiler over an epoch of four "
        "steps, the rest by cProfile."
    )
    return [Table("Profiles, the five dearest", ("of", "operation", "s", "share", "bound by"), rows, (note,))]


def _of_training(kind: str, grid: str, batch: int, scans: int, data: Path, device: str) -> dict[str, float]:
    trainer = our_trainer(kind, prepared_scans(data, grid, scans), batch, device)
    trainer.run()
    on_gpu = device != "cpu"
    with profile(activities=[ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]) as taken:
        trainer.run()
    costs = {
        event.key: (event.self_device_time_total if on_gpu else event.self_cpu_time_total) / 1e6
        for event in taken.key_averages()
    }
    return _dearest(costs)


def _of_preparation(folder: Path) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    paths, chain = make_scans(folder, 3), t1w_chain("t1w_64")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    chain({"image": str(paths[0])})
    costs = _of_calls(lambda: [chain({"image": str(path)}) for path in paths])
    torch.set_num_threads(threads)
    return costs


def _of_calls(work: Callable[[], Any], without: Sequence[str] = ()) -> dict[str, float]:
    taken = cProfile.Profile()
    taken.runcall(work)
    costs: dict[str, float] = {}
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(taken).stats.items():  # type: ignore[attr-defined]
        if any(word in name for word in without):
            continue
        called = name.removeprefix("<").removesuffix(">").removeprefix("built-in method ").removeprefix("method ")
        place = "" if file == "~" else f"{Path(file).stem}: "
        costs[place + called] = costs.get(place + called, 0.0) + own
    return _dearest(costs)


def _dearest(costs: Mapping[str, float]) -> dict[str, float]:
    """Return the operations that take 99 % of the time, the rest as one."""
    kept: dict[str, float] = {}
    total = sum(costs.values())
    for name, cost in sorted(costs.items(), key=lambda pair: -pair[1]):
        if sum(kept.values()) >= 0.99 * total:
            break
        kept[name] = cost
    return {**kept, "the rest": total - sum(kept.values())}
