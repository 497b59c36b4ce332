"""The gate lets honest brains pass, and names what is wrong with others."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.handlers import Evaluated, GateBeforeLabels, GateReference
from brainaging.pipeline.results import GateCheck, read_results
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.label_gate import GateError
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask(GRID)


def _brains(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Brains whose class is the brightness of one corner, and the classes."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % 2)
    volumes = np.stack([template_volume(GRID)] * count) * (1 + 0.01 * random.normal(size=(count, 1, 1, 1)))
    volumes[:, 12:20, 20:28, 12:20] += 0.1 * labels[:, None, None, None]
    return volumes.astype(np.float32), labels


def _reader(brains: np.ndarray) -> np.ndarray:
    corner = (
        brains[:, 12:20, 20:28, 12:20].mean(axis=(1, 2, 3)) - template_volume(GRID)[12:20, 20:28, 12:20].mean()
    )
    male = 1 / (1 + np.exp(-60 * (corner - 0.05)))
    return np.column_stack([1 - male, male])


@pytest.fixture(scope="module")
def reference() -> GateReference:
    scans, labels = _brains(40, 1)
    groups = (np.arange(10), np.arange(10, 20), np.arange(20, 60))
    readers = {"classifier": _reader, "second_classifier": _reader}
    return GateReference(
        scans,
        labels,
        GRID,
        MASK,
        readers,
        scans,
        groups,
        {"generator": GRID.fingerprint, "reader": GRID.fingerprint},
    )


def _run(reference: GateReference, brains: np.ndarray, **options) -> tuple[dict[str, float], GateBeforeLabels]:
    handler = GateBeforeLabels(Evaluated("toy", "generator", **options), reference)
    engine = Engine(lambda engine, batch: [{"pred": volume} for volume in batch[:, None]])
    handler.attach(engine)
    return engine.run(torch.from_numpy(brains).split(16)).metrics, handler


def test_honest_brains_pass_every_check(reference: GateReference, tmp_path) -> None:
    path = tmp_path / "results.csv"
    metrics, handler = _run(reference, _brains(40, 2)[0], path=path)
    assert [check.reason for check in handler.checked if not check.passed] == []
    assert metrics["gate_passed"] == 1 and metrics["gate_shared_groups"] == 0
    rows = read_results(path)
    assert len(rows) == len(handler.checked) == 10 and all(isinstance(row, GateCheck) for row in rows)


@pytest.mark.parametrize(
    ("change", "metric"),
    [
        (lambda brains: brains * 1.2, "intensity"),
        (lambda brains: brains * (np.arange(32) < 17)[:, None], "head_size"),
        (lambda brains: np.repeat(brains[:1], len(brains), axis=0), "labels"),
    ],
)
def test_what_is_wrong_is_named(reference: GateReference, change, metric: str) -> None:
    metrics, handler = _run(reference, change(_brains(40, 2)[0]).astype(np.float32))
    assert metric in {check.metric for check in handler.checked if not check.passed}
    assert metrics["gate_passed"] == 0


def test_it_stops_a_run_where_that_is_wanted(reference: GateReference) -> None:
    shared = replace(reference, groups=(np.arange(20), np.arange(10, 30), np.arange(20, 60)))
    handler = GateBeforeLabels(Evaluated("toy", "generator"), shared, output_transform=lambda out: out, stop=True)
    engine = Engine(lambda engine, batch: batch)
    handler.attach(engine)
    with pytest.raises(GateError, match="shared_groups"):
        engine.run([torch.from_numpy(_brains(20, 3)[0])[:, None]])
    with pytest.raises(UserError, match="readers: expected one or two classifiers"):
        GateBeforeLabels(Evaluated("toy", "generator"), replace(reference, readers={}))
