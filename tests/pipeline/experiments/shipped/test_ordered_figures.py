"""Brains made as ordered score one, those that age half as fast a half, and those of one size nothing."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.experiments.shipped import ordered_figures as module
from brainaging.transforms import get_grid, template_mask, template_volume

GRID = get_grid("t1w_32")
COUNT = 48


def _brains(asked: np.ndarray, ageing: float = 1.0, sized: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return templates whose middle darkens with age, and whose edge brightens with head size."""
    random, template = np.random.default_rng(seed), template_volume(GRID)
    middle = np.linalg.norm(np.indices(GRID.shape) - np.array([15.5, 14, 17])[:, None, None, None], axis=0) < 5
    rim = template_mask(GRID, dilate_mm=6.0) & ~template_mask(GRID)
    age, _, size = asked.T
    fluid = 0.3 + ageing * (age - 50) / 150 + 0.02 * random.standard_normal(len(asked))
    bright = 0.7 + sized * (size - 1200) / 1500 + 0.02 * random.standard_normal(len(asked))
    brains = np.repeat(template[None], len(asked), axis=0)
    brains[:, middle] = 0.9 * (1 - fluid[:, None])
    brains[:, rim] = bright[:, None]
    return (brains + 0.01 * random.standard_normal(brains.shape)).astype(np.float32)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    random = np.random.default_rng(1)
    age, male = random.uniform(20, 80, 2 * COUNT), np.arange(2 * COUNT) % 2.0
    known = Covariates(age, male, random.normal(1200, 80, 2 * COUNT))
    volumes = _brains(np.stack([known.age, known.male, known.head_size], axis=1), seed=2)
    halves = {"train": np.arange(COUNT), "test": np.arange(COUNT, 2 * COUNT)}
    monkeypatch.setattr(module, "cohort_covariates", lambda cohort, sizes: (known, np.arange(2 * COUNT)))
    return SimpleNamespace(
        cohort=SimpleNamespace(groups=lambda: np.arange(2 * COUNT)),
        head_size=known.head_size,
        split=halves.__getitem__,
        volumes=lambda rows: volumes[rows],
        grid=GRID,
    )


@pytest.mark.parametrize(("ageing", "sized"), [(1.0, 1.0), (0.5, 0.0)])
def test_slopes_are_those_of_what_was_made(people, ageing, sized, monkeypatch) -> None:
    monkeypatch.setattr(module, "made_for", lambda network, asked: _brains(asked, ageing, sized, seed=3))
    figures = {figure.metric: figure for figure in module.ordered_figures(None, people)}
    assert figures["ventricles_by_age_by_true"].value == pytest.approx(ageing, abs=0.1)
    assert figures["head_size_by_asked_by_true"].value == pytest.approx(sized, abs=0.15)
    assert figures["frechet_distance"].low < figures["frechet_distance"].high
    for figure in figures.values():
        assert figure.low <= figure.value <= figure.high and figure.n == COUNT
    if ageing == sized == 1:
        assert figures["spread_of_ventricles_by_true"].value == pytest.approx(1, abs=0.35)
