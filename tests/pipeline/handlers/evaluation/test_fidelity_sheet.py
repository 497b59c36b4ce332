"""The sheet of a generator in any engine is the pipeline's own."""

from typing import Any

import numpy as np
import pytest
import torch
from ignite.engine import Engine
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.handlers import Evaluated, FidelitySheet
from brainaging.pipeline.measures.fidelity import pca_space
from brainaging.pipeline.results import fidelity_findings as module
from brainaging.pipeline.results import read_results
from brainaging.pipeline.results.fidelity_findings import RealBrains, fidelity_findings
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask(GRID)


@pytest.fixture(scope="module")
def brains() -> np.ndarray:
    random = np.random.default_rng(0)
    bumps = gaussian_filter(random.normal(size=(60, *GRID.shape)), (0, 2, 2, 2)) * 2
    return ((template_volume(GRID) * (1 + bumps)) * MASK).astype(np.float32)


@pytest.fixture(scope="module")
def real(brains: np.ndarray) -> RealBrains:
    return RealBrains(brains[:20], brains[20:40], MASK, GRID, [pca_space(brains[:20], MASK, 5)])


@pytest.fixture(autouse=True)
def few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAIRS", "DRAWS", "DRAWS_OF_MMD", "REPLICATES"):
        monkeypatch.setattr(module, name, 10)


@pytest.mark.parametrize("decollated", [True, False])
def test_it_is_the_pipeline_s_own(brains: np.ndarray, real: RealBrains, tmp_path, decollated: bool) -> None:
    def step(engine: Engine, batch: torch.Tensor) -> Any:
        volumes = batch[:, None]
        return [{"pred": volume} for volume in volumes] if decollated else {"pred": volumes}

    engine = Engine(step)
    path = tmp_path / "results.csv"
    FidelitySheet(Evaluated("toy", "generator", path, seed=3), real).attach(engine)
    metrics = engine.run(torch.from_numpy(brains[40:]).split(8)).metrics
    expected = fidelity_findings("generator", brains[40:], real, "toy", 3)
    assert list(map(repr, read_results(path))) == list(map(repr, expected))
    assert {"frechet_pca_5", "mmd_pca_5", "copies_voxels", "variance_ratio_voxels"} <= metrics.keys()
    assert len(metrics) == len(expected)


def _over(volumes: torch.Tensor, real: RealBrains) -> dict[str, float]:
    engine = Engine(lambda engine, batch: {"pred": batch[:, None]})
    FidelitySheet(Evaluated("toy", "generator"), real).attach(engine)
    return engine.run([volumes]).metrics


def test_copies_are_found_and_too_few_or_other_volumes_refused(brains: np.ndarray, real: RealBrains) -> None:
    assert _over(torch.from_numpy(brains[:20]), real)["copies_voxels"] > 0.9
    with pytest.raises(UserError, match="expected at least 10 generated brains, found 3"):
        _over(torch.from_numpy(brains[:3]), real)
    with pytest.raises(UserError, match=r"generated volumes: expected \(1, 32, 32, 32\) each"):
        _over(torch.zeros(12, 8, 8, 8), real)
